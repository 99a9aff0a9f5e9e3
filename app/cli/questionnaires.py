"""`farline questionnaires`: check a form, validate a response, walk a form with given answers, import a spreadsheet.

With --json every outcome, failures too, is one strict JSON object on standard output (docs/questionnaires.md).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from app.cli.json_command import JsonCommand, JsonGroup, say_json
from app.cli.published import list_published, publish

if TYPE_CHECKING:
    from forms.problems import Problem
    from forms.questionnaire import ReadResult

UNREADABLE = 2


@click.group(cls=JsonGroup, short_help="Check, try and import questionnaires")
def questionnaires() -> None:
    """Check, try and import questionnaires."""


questionnaires.add_command(list_published)
questionnaires.add_command(publish)


def _problems(found: Any) -> list[dict[str, Any]]:
    return [problem.to_json() for problem in found]


def _print_problems(found: Any) -> None:
    for problem in found:
        where = f" {problem.where}" if problem.where else ""
        click.echo(f"{problem.severity.value}{where}: {problem.message} {problem.fix}")


# --- check ------------------------------------------------------------------------------------------------------------


@questionnaires.command(cls=JsonCommand, short_help="Can this questionnaire be asked?")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(*, file: str, as_json: bool) -> None:
    """Read FILE and say what is wrong with it, and on which channels and in which languages it can be asked.

    Exit status: 0 publishable on at least one channel, 1 not, 2 unreadable.
    """
    from app.cli.questionnaire_files import read_form

    result = read_form(file)
    report = _check_report(result)
    if as_json:
        say_json(report)
    else:
        _print_check(report, result.problems)
    sys.exit(UNREADABLE if not result.readable else 0 if report["ok"] else 1)


def _check_report(result: ReadResult) -> dict[str, Any]:
    from app.core.locale import translator
    from channels.sms.segments import fold, measure
    from forms.readiness import can_publish, readiness

    draft = result.draft
    if draft is None:
        head: dict[str, Any] = {"ok": False, "title": "", "version": "", "items": 0, "questions": 0, "languages": []}
        return {**head, "problems": _problems(result.problems), "readiness": {}}
    found = readiness(draft, translators=translator, measure=lambda text: measure(fold(text)))
    usable = result.questionnaire is not None
    rows = {tag: {name: _row(r, usable=usable) for name, r in channels.items()} for tag, channels in found.items()}
    return {
        "ok": usable and can_publish(found),
        "title": draft.title,
        "version": draft.version,
        "items": len(draft.items),
        "questions": sum(item.plan.is_question for item in draft.items),
        "languages": list(draft.languages),
        "problems": _problems(result.problems),
        "readiness": rows,
    }


def _row(ready: Any, *, usable: bool) -> dict[str, Any]:
    return {**ready.to_json(), "ready": ready.ready and usable}


def _print_check(report: dict[str, Any], problems: tuple[Problem, ...]) -> None:
    click.echo(f"{report['title'] or '(no title)'} {report['version']}".strip())
    click.echo(f"{report['items']} items, {report['questions']} questions; languages: {', '.join(report['languages'])}")
    _print_problems(problems)
    for tag, rows in report["readiness"].items():
        for name, row in rows.items():
            click.echo(f"{tag} {name}: {'ready' if row['ready'] else 'not ready'}{_details(row)}")
    click.echo("It can be published." if report["ok"] else "It cannot be published.")


def _details(row: dict[str, Any]) -> str:
    parts = [f"at most {row['segments_max']} segments" if row["segments_max"] else ""]
    parts += [f"{name}: {', '.join(row[name])}" for name in ("deferred", "blocked", "untranslated") if row[name]]
    shown = "; ".join(part for part in parts if part)
    return f" ({shown})" if shown else ""


# --- validate ---------------------------------------------------------------------------------------------------------


@questionnaires.command(cls=JsonCommand, short_help="Does a response fit its questionnaire?")
@click.argument("questionnaire")
@click.argument("response")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def validate(*, questionnaire: str, response: str, as_json: bool) -> None:
    """Check the QuestionnaireResponse in RESPONSE against the Questionnaire in QUESTIONNAIRE.

    Exit status: 0 valid, 1 not, 2 unreadable.
    """
    from app.cli.questionnaire_files import read_form, read_resource
    from app.intake.fhirpath import server_for
    from forms.problems import has_errors
    from forms.response import validate_response

    form = read_form(questionnaire)
    answers, unreadable = read_resource(response)
    if form.draft is None or unreadable:
        problems = [*([] if form.draft else form.problems), *unreadable]
        code = UNREADABLE
    else:
        problems = validate_response(form.draft, answers, serve=server_for(form.draft))
        code = 1 if has_errors(problems) else 0
    if any(problem.code == "not-a-response" for problem in problems):
        code = UNREADABLE
    if as_json:
        say_json({"valid": code == 0, "problems": _problems(problems)})
    else:
        _print_problems(problems)
        click.echo("The response is valid." if code == 0 else "The response is not valid.")
    sys.exit(code)


# --- walk -------------------------------------------------------------------------------------------------------------


def _tag(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    from forms.languages import is_tag

    if not is_tag(value):
        raise click.BadParameter(f"{value!r} is no language; give a tag such as en, fr or fr-CA.")
    return value


@questionnaires.command(cls=JsonCommand, short_help="Ask a questionnaire with given answers")
@click.argument("file")
@click.option("--channel", type=click.Choice(["sms", "voice", "web"]), default="sms", show_default=True)
@click.option("--lang", "locale", default="en", show_default=True, callback=_tag, help="The patient's language.")
@click.option("--answers", required=True, help="A file with one answer per line; - for standard input.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The date where the patient is.")
@click.option("--order", type=click.Choice(["dmy", "mdy", "ymd"]), help="How the clinic writes numeric dates.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def walk(*, file: str, answers: str, as_json: bool, **how: Any) -> None:
    """Ask the questionnaire in FILE and answer each prompt with the next line of the answers.

    On voice a line of digits, * and # is pressed keys, any other line spoken words. Exit status: 0 completed, 1 not.
    """
    from app.cli.questionnaire_files import read_answers, read_form
    from app.cli.walking import walk_form

    form = read_form(file)
    lines, unreadable = read_answers(answers)
    if form.questionnaire is None or unreadable:
        state = "unreadable" if form.draft is None or unreadable else "refused"
        problems = [*(form.problems if form.questionnaire is None else ()), *unreadable]
        report = {"state": state, "transcript": [], "response": None, "problems": _problems(problems)}
    else:
        report = walk_form(form.questionnaire, lines, **how)
    if as_json:
        say_json(report)
    else:
        _print_walk(report)
    sys.exit(0 if report["state"] == "completed" else 1)


def _print_walk(report: dict[str, Any]) -> None:
    for entry in report["transcript"]:
        click.echo(entry["say"])
        click.echo(f"> {entry['heard']}" if entry["heard"] is not None else "")
    for problem in report.get("problems", []):
        click.echo(f"{problem['severity']} {problem['where']}: {problem['message']} {problem['fix']}")
    if report.get("closing"):
        click.echo(report["closing"])
    click.echo(f"[{report['state']}]")


# --- import-xlsform ---------------------------------------------------------------------------------------------------


@questionnaires.command("import-xlsform", cls=JsonCommand, short_help="Turn an XLSForm into a questionnaire")
@click.argument("file")
@click.option("-o", "--output", required=True, help="Where to write the questionnaire (JSON).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_xlsform(*, file: str, output: str, as_json: bool) -> None:
    """Read the spreadsheet FILE (.xlsx or .csv), write a FHIR Questionnaire, and list what could not be carried over.

    Exit status: 0 written, 1 not importable, 2 unreadable.
    """
    from app.cli.questionnaire_files import import_spreadsheet

    code, written, problems = import_spreadsheet(file, output)
    if as_json:
        say_json({"ok": code == 0, "output": output if written else None, "problems": _problems(problems)})
    else:
        _print_problems(problems)
        click.echo(f"Written to {output}." if written else "Nothing was written.")
    sys.exit(code)
