"""The one table of who may open which route, and the guard that reads it before any view runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask import Flask, g, request

from app.core.audit import record_audit
from app.core.errors import FreshSignInNeeded, NotAllowed, NotFound, SignInNeeded
from app.staff.rules import Permission
from app.staff.sign_in import Viewer
from app.web.shell.here import ground


class Open(StrEnum):
    """Routes without a staff session, and what guards them instead."""

    ANYONE = "anyone"
    SIGNATURE = "signature"  # a carrier's webhook: its signature; no cookie, no form token
    LINK = "link"  # a patient's page: the secret in its link, then a birth date or PIN
    BEARER = "bearer"  # the API: a bearer token of its own
    DEMO = "demo"  # the simulator: exists in demo mode only


ACCESS: Mapping[str, Permission | Open] = {
    "shell.asset": Open.ANYONE,
    "shell.choose_language": Open.ANYONE,
    "shell.front": Open.ANYONE,
    "shell.healthz": Open.ANYONE,
    "shell.metrics": Open.ANYONE,
    "shell.readyz": Open.ANYONE,
    "staff.sign_in": Open.ANYONE,
    "staff.invitation": Open.ANYONE,
    "staff.accept_invitation": Open.ANYONE,
    "staff.sign_out": Permission.OWN_ACCOUNT,
    "staff.account": Permission.OWN_ACCOUNT,
    "staff.sign_in_options": Open.ANYONE,
    "staff.sign_in_by_passkey": Open.ANYONE,
    "staff.sign_in_by_code": Open.ANYONE,
    "staff.change_account": Permission.OWN_ACCOUNT,
    "staff.end_session": Permission.OWN_ACCOUNT,
    "staff.passkey_options": Permission.OWN_ACCOUNT,
    "staff.add_passkey": Permission.OWN_ACCOUNT,
    "staff.remove_passkey": Permission.OWN_ACCOUNT,
    "staff.recovery_codes": Permission.OWN_ACCOUNT,
    "staff.confirm": Permission.OWN_ACCOUNT,
    "staff.confirm_options": Permission.OWN_ACCOUNT,
    "staff.confirm_by_passkey": Permission.OWN_ACCOUNT,
    "staff.people": Permission.MANAGE_STAFF,
    "staff.invite": Permission.MANAGE_STAFF,
    "staff.change_roles": Permission.MANAGE_STAFF,
    "staff.disable": Permission.MANAGE_STAFF,
    "staff.ask_recovery": Permission.MANAGE_STAFF,
    "staff.allow_recovery": Permission.MANAGE_STAFF,
    "desk.home": Permission.SEE_TICKETS,
    "desk.tickets": Permission.SEE_TICKETS,
    "desk.tickets_refresh": Permission.SEE_TICKETS,
    "desk.ticket": Permission.SEE_TICKETS,
    "desk.ticket_refresh": Permission.SEE_TICKETS,
    "desk.take_next": Permission.WORK_TICKETS,
    "desk.claim": Permission.WORK_TICKETS,
    "desk.release": Permission.WORK_TICKETS,
    "desk.reply": Permission.WORK_TICKETS,
    "desk.undo_reply": Permission.WORK_TICKETS,
    "desk.draft": Permission.WORK_TICKETS,
    "desk.note": Permission.WORK_TICKETS,
    "desk.close": Permission.WORK_TICKETS,
    "desk.call": Permission.WORK_TICKETS,
    "desk.transfer": Permission.WORK_TICKETS,
    "desk.snooze": Permission.WORK_TICKETS,
    "desk.merge": Permission.WORK_TICKETS,
    "desk.set_patient": Permission.WORK_TICKETS,
    "desk.send_form": Permission.WORK_TICKETS,
    "desk.send_link": Permission.WORK_TICKETS,
    "desk.start_pathway": Permission.WORK_TICKETS,
    "desk.break_lease": Permission.SUPERVISE,
    "desk.messages": Permission.SEE_MESSAGES,
    "desk.message": Permission.SEE_MESSAGES,
    "desk.messages_export": Permission.SEE_MESSAGES,
    "desk.patients": Permission.SEE_PATIENTS,
    "desk.search_patients": Permission.SEE_PATIENTS,
    "desk.patient": Permission.SEE_PATIENTS,
    "desk.open_patient": Permission.SEE_PATIENTS,
    "desk.answer_file": Permission.SEE_PATIENTS,
    "desk.message_file": Permission.SEE_PATIENTS,
    "desk.take_pin_off": Permission.WORK_TICKETS,
    "desk.remove_patient_passkeys": Permission.WORK_TICKETS,
    "desk.tell_phones_no_more": Permission.WORK_TICKETS,
    "desk.note_consent": Permission.WORK_TICKETS,
    "desk.add_number": Permission.CHANGE_PATIENTS,
    "desk.change_number": Permission.CHANGE_PATIENTS,
    "desk.describe_number": Permission.CHANGE_PATIENTS,
    "desk.duplicates": Permission.MERGE_CHARTS,
    "desk.pair": Permission.MERGE_CHARTS,
    "desk.judge": Permission.MERGE_CHARTS,
    "desk.undo_judgement": Permission.MERGE_CHARTS,
    "desk.audit": Permission.SEE_AUDIT,
    "desk.audit_search": Permission.SEE_AUDIT,
    "desk.audit_verify": Permission.SEE_AUDIT,
    "desk.access_report": Permission.SEE_AUDIT,
    "desk.access_export": Permission.SEE_AUDIT,
    "desk.reports": Permission.SEE_REPORTS,
    "desk.reports_export": Permission.SEE_REPORTS,
    "desk.replies": Permission.MANAGE_DESK,
    "desk.save_reply": Permission.MANAGE_DESK,
    "desk.review_reply": Permission.MANAGE_DESK,
    "desk.notices": Permission.MANAGE_DESK,
    "desk.notice_new": Permission.MANAGE_DESK,
    "desk.notice_send": Permission.MANAGE_DESK,
    "desk.notice": Permission.MANAGE_DESK,
    "desk.notice_stop": Permission.MANAGE_DESK,
    "desk.settings": Permission.CHANGE_SETTINGS,
    "desk.settings_hours": Permission.CHANGE_SETTINGS,
    "desk.settings_on_call": Permission.CHANGE_SETTINGS,
    "desk.settings_on_call_save": Permission.CHANGE_SETTINGS,
    "desk.settings_danger": Permission.CHANGE_SETTINGS,
    "desk.settings_danger_save": Permission.CHANGE_SETTINGS,
    "desk.settings_costs": Permission.CHANGE_SETTINGS,
    "desk.settings_costs_save": Permission.CHANGE_SETTINGS,
    "desk.settings_new_queue": Permission.CHANGE_SETTINGS,
    "desk.settings_add_queue": Permission.CHANGE_SETTINGS,
    "desk.settings_queue": Permission.CHANGE_SETTINGS,
    "desk.settings_save_queue": Permission.CHANGE_SETTINGS,
}
# Whole blueprints whose routes are guarded alike.
BLUEPRINT_ACCESS: Mapping[str, Open] = {
    "carriers": Open.SIGNATURE,
    "patient": Open.LINK,
    "api": Open.BEARER,
    "simulator": Open.DEMO,
}
NEEDS_FRESH_SIGN_IN = frozenset(
    {
        "desk.access_export",
        "desk.messages_export",
        "desk.add_number",
        "desk.change_number",
        "desk.reports_export",
        "desk.settings_on_call",
        "desk.settings_on_call_save",
        "staff.passkey_options",
        "staff.add_passkey",
        "staff.remove_passkey",
        "staff.recovery_codes",
        "staff.invite",
        "staff.allow_recovery",
    }
)


def access_to(endpoint: str) -> Permission | Open | None:
    return ACCESS.get(endpoint) or BLUEPRINT_ACCESS.get(endpoint.partition(".")[0])


def check_every_route(app: Flask) -> None:
    """Fail the start when a route is in no table: nothing is open by oversight."""
    unguarded = sorted({rule.endpoint for rule in app.url_map.iter_rules() if access_to(rule.endpoint) is None})
    if unguarded:
        raise RuntimeError(f"routes without an entry in app/web/shell/access.py: {', '.join(unguarded)}")


def guard() -> None:
    """Before any view: is this route open to whoever asks?"""
    if request.endpoint is None:
        return
    needed = access_to(request.endpoint)
    if needed is Open.DEMO and not ground().is_demo:
        raise NotFound
    if isinstance(needed, Permission):
        _check_permission(needed, g.get("viewer"))


def _check_permission(needed: Permission, viewer: Viewer | None) -> None:
    if viewer is None:
        raise SignInNeeded
    if not viewer.may(needed):
        _record_refusal(viewer, needed)
        raise NotAllowed
    if request.endpoint in NEEDS_FRESH_SIGN_IN and not viewer.is_fresh:
        raise FreshSignInNeeded


def _record_refusal(viewer: Viewer, needed: Permission) -> None:
    with ground().database.write() as session:
        record_audit(
            session, "refused", "route", None, actor=viewer.actor, now=ground().clock.now(), clinic_id=viewer.clinic_id,
            route=request.endpoint, permission=needed.value,
        )  # fmt: skip
