from __future__ import annotations

import pytest

from wansync.policy import LicensePolicy


@pytest.mark.parametrize(
    ("allow", "deny", "licence", "expected"),
    [
        ((), (), "gpl-3.0", True),
        ((), (), None, True),
        ((), ("gpl-3.0",), "GPL-3.0", False),
        ((), ("gpl-3.0",), None, True),
        (("mit",), (), "MIT", True),
        (("mit",), (), "apache-2.0", False),
        (("mit",), (), None, False),
        (("mit",), ("mit",), "mit", False),
        (("mit",), (), "apache-2.0 OR MIT", True),
        (("mit",), (), "apache-2.0 AND MIT", False),
        (("mit", "apache-2.0"), (), "apache-2.0 AND MIT", True),
        ((), ("mit",), "mit OR apache-2.0", True),
        ((), ("mit",), "mit AND apache-2.0", False),
        (("mit",), (), "(MIT)", True),
    ],
)
def test_licence_is_accepted(
    allow: tuple[str, ...], deny: tuple[str, ...], licence: str | None, *, expected: bool
) -> None:
    assert expected == LicensePolicy.of(allow, deny).accepts(licence)
