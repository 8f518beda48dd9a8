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
        ((), ("evil",), "(mit OR apache-2.0) AND evil", False),
        ((), ("evil",), "evil AND (mit OR apache-2.0)", False),
        ((), ("evil",), "(mit OR evil) AND apache-2.0", True),
        ((), ("evil",), "mit and evil", False),
        ((), ("evil",), "mit or evil AND evil", True),
        ((), ("evil",), "evil+", False),
        ((), ("evil+",), "evil", True),
        ((), ("evil+",), "EVIL+", False),
        ((), ("evil",), "evil WITH kindness", False),
        ((), ("evil",), "mit WITH evil", True),
        ((), ("evil",), "evil+ with kindness", False),
        ((), ("evil  WITH kindness",), "evil with  kindness", False),
        ((), ("evil WITH kindness",), "evil", True),
        (("gpl-2.0",), (), "gpl-2.0+", True),
        (("gpl-2.0 WITH classpath",), (), "GPL-2.0 with Classpath", True),
        (("gpl-2.0 WITH classpath",), (), "gpl-2.0", False),
        (("mit", "apache-2.0"), (), "((mit) AND(apache-2.0))", True),
        ((), (), "no expression (", True),
        ((), ("evil",), "my own licence", False),
        ((), ("evil",), "", False),
        ((), ("evil",), "mit AND", False),
        ((), ("evil",), "mit OR or", False),
        ((), ("evil",), "mit WITH (evil)", False),
        ((), ("evil",), "(mit", False),
        ((), ("evil",), "mit)", False),
        ((), ("evil",), "(" * 100_000 + "mit" + ")" * 100_000, False),
    ],
)
def test_licence_is_accepted(
    allow: tuple[str, ...], deny: tuple[str, ...], licence: str | None, *, expected: bool
) -> None:
    assert expected == LicensePolicy.of(allow, deny).accepts(licence)
