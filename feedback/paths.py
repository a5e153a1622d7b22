"""Where templates, static files, translations and migrations are, in a checkout and in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundle"
_ROOT = _BUNDLE if _BUNDLE.is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
TRANSLATIONS = _ROOT / "translations"
MIGRATIONS = _PACKAGE / "migrations"
SURVEY_TEMPLATES = _PACKAGE / "surveys" / "templates"
DEMO_DATA = _BUNDLE / "demo_data" if _BUNDLE.is_dir() else _PACKAGE.parent / "tests" / "data"
