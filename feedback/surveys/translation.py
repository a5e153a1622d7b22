"""Rule: which texts of a survey a language still lacks; one that lacks any can't be published."""

from collections.abc import Iterable

from feedback.errors import Problem
from feedback.i18n.text import N_, missing_languages
from feedback.surveys.definition import SurveyDefinition, every_text


def missing_texts(definition: SurveyDefinition, languages: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """Paths of the texts that each offered language (or of ``languages``) lacks; complete ones are not in."""
    wanted = tuple(languages) or definition.languages
    found: dict[str, list[str]] = {}
    for path, text in every_text(definition):
        for language in missing_languages(text, wanted):
            found.setdefault(language, []).append(path)
    return {language: tuple(found[language]) for language in wanted if language in found}


def completeness(definition: SurveyDefinition, language: str) -> tuple[int, int]:
    """How many texts a language has, and how many there are."""
    texts = [text for _, text in every_text(definition)]
    return sum(1 for text in texts if not missing_languages(text, (language,))), len(texts)


def publishing_problems(definition: SurveyDefinition) -> tuple[Problem, ...]:
    """Why a definition can't be published: each missing text, named by its path and language."""
    return tuple(
        Problem(
            f"{path}.{language}",
            "survey.untranslated",
            N_("The text in “%(language)s” is missing."),
            {"language": language},
        )
        for language, paths in missing_texts(definition).items()
        for path in paths
    )
