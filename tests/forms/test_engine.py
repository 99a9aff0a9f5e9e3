"""The engine asks, keeps, goes back, gives up to a person: one rule per test, through the public functions only."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forms.asking import board_for
from forms.effects import (
    AfterEnd,
    AnswerKept,
    AnswerSetAside,
    AskAnother,
    Completed,
    Deferred,
    HandOff,
    HandOffReason,
    LanguageSwitched,
    Missing,
    NotUnderstood,
    ReadBack,
    RedFlag,
    Restarted,
    Review,
    Said,
    SetAsideReason,
    Skipped,
    Stopped,
    TranscriptionNeeded,
    Why,
)
from forms.engine import advance, begin
from forms.response import build_response, read_response, validate_response
from forms.state import Context, Reply, State, Status
from tests.forms.chat import (
    CORE,
    FARLINE,
    NOW,
    Chat,
    choice,
    expression,
    extension,
    form,
    group,
    item,
    translated,
    when,
)

THREE = form(item("a", "integer"), item("b", "boolean"), item("c"))


def test_questions_come_in_order_and_end_with_completed():
    chat = Chat(THREE)
    assert chat.asked == "a"
    chat.say("3")
    assert chat.asked == "b"
    chat.say("yes", "fine")
    assert chat.values() == {"a": 3, "b": True, "c": "fine"}
    assert chat.effects(Completed)
    assert chat.state.status is Status.COMPLETED


def test_the_raw_words_the_time_and_the_channel_stay_beside_the_value():
    answer = Chat(THREE).say(" three ").state.answers["a"]
    assert (answer.raw, answer.at, answer.channel) == (" three ", "2026-11-23T15:00:00Z", "sms")


def test_the_turn_number_grows_with_each_reply():
    assert Chat(THREE).say("3", "?", "nonsense").state.turn == 3


def test_not_understood_once_asks_again_and_thrice_hands_over():
    chat = Chat(THREE).say("banana")
    assert chat.effects(NotUnderstood)[0].attempt == 1
    assert chat.asked == "a"
    chat.say("banana")
    assert chat.effects(NotUnderstood)[0].attempt == 2
    chat.say("banana")
    assert chat.effects(HandOff) == [HandOff(HandOffReason.NOT_UNDERSTOOD, "a")]
    assert chat.state.status is Status.HANDED_OFF


def test_an_understood_reply_starts_the_count_anew():
    chat = Chat(THREE).say("banana", "banana", "3", "banana")
    assert chat.effects(NotUnderstood)[0].attempt == 1


def test_after_a_hand_over_the_form_goes_on_where_it_stood():
    chat = Chat(THREE).say("3", "person")
    assert chat.effects(HandOff) == [HandOff(HandOffReason.ASKED, "b")]
    chat.resume("sms")
    assert chat.asked == "b"
    assert chat.state.status is Status.ASKING


@pytest.mark.parametrize("word", ["back", "Back!", "RETOUR", "précédent", "go back"])
def test_back_returns_to_the_question_before(word):
    chat = Chat(THREE).say("3", word)
    assert chat.asked == "a"
    assert chat.values() == {"a": 3}


def test_back_at_the_first_question_says_so_and_asks_again():
    chat = Chat(THREE).say("back")
    assert [said.key for said in chat.effects(Said)] == ["nothing_before"]
    assert chat.asked == "a"


def test_back_then_forward_changes_nothing():
    chat = Chat(THREE).say("3", "yes")
    before = chat.state.to_json()
    chat.say("back", "yes")
    after = chat.state.to_json()
    assert {**after, "n": before["n"]} == before


def test_back_twice_and_keeping_both_answers_changes_nothing():
    chat = Chat(THREE).say("3", "yes")
    before = chat.state.to_json()
    chat.say("back", "back", "ok")
    assert {**chat.state.to_json(), "n": before["n"], "t": before["t"]} == before
    assert chat.asked == "c"


@pytest.mark.parametrize("word", ["skip", "Passer", "next", "PASSE."])
def test_skip_leaves_a_question_out(word):
    chat = Chat(THREE).say(word)
    assert chat.effects(Skipped) == [Skipped("a")]
    assert chat.asked == "b"
    assert chat.values() == {}


def test_a_required_question_cannot_be_skipped_but_ends_with_a_person():
    chat = Chat(form(item("a", "integer", required=True))).say("skip")
    assert chat.effects(NotUnderstood)[0].why is Why.REQUIRED
    chat.say("skip", "skip")
    assert chat.effects(HandOff)


@pytest.mark.parametrize("word", ["help", "AIDE", "?", "info"])
def test_help_asks_the_same_question_with_help(word):
    chat = Chat(THREE).say(word)
    assert chat.turn.prompt.help
    assert chat.state.misses == 0


@pytest.mark.parametrize("word", ["stop", "ARRÊT", "quit"])
def test_stop_keeps_what_was_answered(word):
    chat = Chat(THREE).say("3", word)
    assert chat.effects(Stopped)
    assert (chat.state.status, chat.values()) == (Status.STOPPED, {"a": 3})


def test_words_after_the_end_go_to_a_person():
    chat = Chat(THREE).say("3", "yes", "fine", "one more thing")
    assert chat.effects(AfterEnd) == [AfterEnd("one more thing")]
    assert chat.state.status is Status.COMPLETED


def test_start_over_after_a_stop_opens_the_form_again():
    chat = Chat(THREE).say("3", "stop", "recommencer")
    assert chat.asked == "a"
    assert chat.values() == {}


def test_restart_sets_every_answer_aside():
    chat = Chat(THREE).say("3", "yes", "restart")
    assert [(gone.path, gone.reason) for gone in chat.effects(AnswerSetAside)] == [
        ("a", SetAsideReason.CLEARED),
        ("b", SetAsideReason.CLEARED),
    ]
    assert chat.effects(Restarted)
    assert chat.asked == "a"


def test_change_goes_to_the_question_with_that_number():
    chat = Chat(THREE).say("3", "yes", "change 1")
    assert chat.asked == "a"
    chat.say("5")
    assert chat.values()["a"] == 5
    assert chat.asked == "c"


def test_change_to_a_number_that_is_not_there_says_so():
    chat = Chat(THREE).say("changer 9")
    assert chat.effects(Said) == [Said("no_such_question", ("9",))]
    assert chat.asked == "a"


def test_review_shows_the_answers_and_asks_on():
    chat = Chat(THREE).say("3", "my answers")
    assert chat.effects(Review) == [Review(((1, "a"),))]
    assert chat.asked == "b"


def test_a_form_with_review_waits_for_the_word_to_send():
    reviewed = form(item("a", "integer"), extension=[extension(FARLINE + "review-before-sending", valueBoolean=True)])
    chat = Chat(reviewed).say("3")
    assert chat.state.status is Status.ASKING
    assert chat.effects(Review)[0].final
    chat.say("change 1", "4")
    assert chat.effects(Review)[0].final
    chat.say("send")
    assert (chat.state.status, chat.values()) == (Status.COMPLETED, {"a": 4})


def test_an_options_own_words_win_over_a_command():
    chat = Chat(form(choice("where", "Back", "Head", "Stop"), item("b")))
    chat.say("back")
    assert chat.values() == {"where": "back"}
    assert Chat(form(choice("where", "Back", "Head", "Stop"), item("b"))).say("STOP").values() == {"where": "stop"}


def test_personne_in_a_text_answer_is_a_question_back():
    chat = Chat(form(item("who")), locale="fr").say("personne")
    assert [text for _, text in chat.effects(ReadBack)[0].candidates] == ["", "personne"]
    assert chat.say("2").values() == {"who": "personne"}
    assert Chat(form(item("who")), locale="fr").say("personne", "1").effects(HandOff)


def test_nine_is_a_person_only_where_the_prompt_printed_it():
    assert Chat(THREE).say("9").values() == {"a": 9}
    chat = Chat(form(item("b", "boolean"))).say("9")
    assert chat.effects(NotUnderstood)
    assert "9 A person" in chat.text()
    assert chat.say("9").effects(HandOff)


def test_nine_stays_an_option_where_there_are_nine():
    chat = Chat(form(choice("c", *"ABCDEFGHI"))).say("zzz")
    assert "9 A person" not in chat.text()
    assert chat.say("9").values() == {"c": "i"}


# --- conditions -------------------------------------------------------------------------------------------------------

BRANCH = form(
    item("hurt", "boolean"),
    item("where", enableWhen=[when("hurt", answerBoolean=True)]),
    item("end"),
)


def test_a_question_that_does_not_apply_is_not_asked():
    assert Chat(BRANCH).say("no").asked == "end"
    assert Chat(BRANCH).say("yes").asked == "where"


def test_a_hidden_answer_is_set_aside_kept_for_undo_and_dropped_at_the_end():
    from forms.response import build_response

    chat = Chat(BRANCH).say("yes", "my knee", "change 1", "no")
    assert [(gone.path, gone.reason) for gone in chat.effects(AnswerSetAside)] == [("where", SetAsideReason.NOT_ASKED)]
    assert chat.values()["where"] == "my knee"
    undone = chat.say("back", "yes")
    assert undone.asked == "end"
    final = undone.say("change 1", "no", "fine")
    response = build_response(final.form, final.plan, final.state, context=final.context)
    assert [row["linkId"] for row in response["item"]] == ["hurt", "end"]


def test_a_child_of_a_disabled_group_is_disabled_whatever_its_own_condition():
    nested = form(
        item("a", "boolean"),
        item("b", "boolean"),
        group("g", item("g.x", enableWhen=[when("b", answerBoolean=True)]), enableWhen=[when("a", answerBoolean=True)]),
        item("end"),
    )
    assert Chat(nested).say("no", "yes").asked == "end"
    assert Chat(nested).say("yes", "yes").asked == "g.x"


@pytest.mark.parametrize(
    ("operator", "answer", "said", "shown"),
    [
        ("exists", {"answerBoolean": True}, "5", True),
        ("exists", {"answerBoolean": False}, "skip", True),
        ("exists", {"answerBoolean": False}, "5", False),
        ("=", {"answerInteger": 5}, "5", True),
        ("=", {"answerInteger": 5}, "4", False),
        ("!=", {"answerInteger": 5}, "4", True),
        ("!=", {"answerInteger": 5}, "5", False),
        ("!=", {"answerInteger": 5}, "skip", True),
        (">", {"answerInteger": 5}, "6", True),
        (">", {"answerInteger": 5}, "5", False),
        (">=", {"answerInteger": 5}, "5", True),
        ("<", {"answerInteger": 5}, "4", True),
        ("<", {"answerInteger": 5}, "skip", False),
        ("<=", {"answerInteger": 5}, "5", True),
    ],
)
def test_every_operator_of_enable_when(operator, answer, said, shown):
    chat = Chat(form(item("n", "integer"), item("x", enableWhen=[when("n", operator, **answer)]), item("end")))
    assert chat.say(said).asked == ("x" if shown else "end")


@pytest.mark.parametrize(("behaviour", "shown"), [("all", False), ("any", True), (None, True)])
def test_several_conditions_hold_together_as_the_form_says(behaviour, shown):
    conditional = item("x", enableWhen=[when("a", answerBoolean=True), when("b", answerBoolean=True)])
    if behaviour:
        conditional["enableBehavior"] = behaviour
    chat = Chat(form(item("a", "boolean"), item("b", "boolean"), conditional, item("end"))).say("yes", "no")
    assert chat.asked == ("x" if shown else "end")


def test_a_condition_on_a_later_question_is_met_when_it_is_answered():
    late = form(item("first", enableWhen=[when("b", answerBoolean=True)]), item("b", "boolean"))
    chat = Chat(late)
    assert chat.asked == "b"
    assert chat.say("yes").asked == "first"


def test_calculated_hidden_and_read_only_items_are_never_asked():
    silent = form(
        item("a", "decimal"),
        item(
            "sum", "decimal", extension=[expression("calculatedExpression", "%resource.item.answer.value.first() * 2")]
        ),
        item("h", extension=[extension("questionnaire-hidden", valueBoolean=True)]),
        item("r", readOnly=True),
    )
    assert Chat(silent).say("3").state.status is Status.COMPLETED


def test_hidden_initial_values_are_answers_from_the_start():
    hidden = form(
        item("h", extension=[extension("questionnaire-hidden", valueBoolean=True)], initial=[{"valueString": "phone"}]),
        item("x", enableWhen=[when("h", answerString="phone")]),
    )
    assert Chat(hidden).asked == "x"


def test_an_initial_value_is_kept_with_ok():
    chat = Chat(form(item("a", "integer", initial=[{"valueInteger": 7}]), item("b")))
    assert "Now: 7" in chat.text()
    assert chat.say("ok").values() == {"a": 7}


# --- loops ------------------------------------------------------------------------------------------------------------

MEDICINES = form(
    group("med", item("med.name", required=True), item("med.dose", "decimal"), repeats=True),
    item("end"),
)


def test_a_repeating_group_is_asked_until_the_patient_says_no():
    chat = Chat(MEDICINES).say("metformin", "500")
    assert chat.effects(AskAnother) == [AskAnother("med", "med", 1)]
    chat.say("yes", "ramipril", "5", "no")
    assert chat.asked == "end"
    assert chat.values() == {"med.name@0": "metformin", "med.dose@0": 500, "med.name@1": "ramipril", "med.dose@1": 5}


def test_a_repeating_group_left_empty_asks_nothing_more():
    chat = Chat(MEDICINES).say("skip", "skip")
    assert chat.asked == "end"


def test_a_required_question_is_asked_again_when_its_occurrence_is_not_empty_after_all():
    chat = Chat(MEDICINES).say("skip", "500")
    assert chat.asked == "med.name@0"
    assert chat.say("skip").effects(NotUnderstood)[0].why is Why.REQUIRED


def test_a_loop_ends_at_its_maximum():
    most = form(item("x", "integer", repeats=True, extension=[extension("questionnaire-maxOccurs", valueInteger=2)]))
    chat = Chat(most).say("1", "yes", "2")
    assert chat.state.status is Status.COMPLETED
    assert chat.values() == {"x@0": 1, "x@1": 2}


def test_a_loop_asks_its_minimum_without_a_question_between():
    least = form(item("x", "integer", repeats=True, extension=[extension("questionnaire-minOccurs", valueInteger=2)]))
    chat = Chat(least).say("1")
    assert chat.asked == "x@1"


def test_a_condition_holds_per_occurrence():
    doses = form(
        group(
            "med",
            item("dose", "decimal"),
            item("why", enableWhen=[when("dose", ">", answerDecimal=100)]),
            repeats=True,
        )
    )
    chat = Chat(doses).say("10")
    assert chat.effects(AskAnother)
    assert chat.say("yes", "500").asked == "why@1"


def test_loops_inside_loops_keep_their_own_count():
    nested = form(group("p", item("name"), item("phone", repeats=True), repeats=True))
    chat = Chat(nested).say("Ann", "1111", "no", "yes", "Bob", "2222", "yes", "3333", "no", "no")
    assert chat.values() == {
        "name@0": "Ann",
        "phone@0.0": "1111",
        "name@1": "Bob",
        "phone@1.0": "2222",
        "phone@1.1": "3333",
    }
    assert chat.state.status is Status.COMPLETED


# --- reading back -----------------------------------------------------------------------------------------------------


def test_a_clinical_value_with_two_readings_is_read_back():
    chat = Chat(form(item("temp", "decimal"), item("b"))).say("37,8")
    assert chat.effects(ReadBack), chat.turn.effects
    assert chat.values() == {}
    picked = [value for value, _ in chat.effects(ReadBack)[0].candidates]
    assert chat.say("1").values() == {"temp": picked[0]}


def test_no_to_a_reading_asks_the_question_again():
    chat = Chat(form(item("temp", "decimal"), item("b"))).say("37,8", "3")
    assert chat.asked == "temp"
    assert chat.values() == {}


def test_a_date_is_echoed_in_words():
    chat = Chat(form(item("d", "date"), item("b")), locale="fr", order="dmy").say("12/03/1980")
    assert chat.effects(AnswerKept)[0].value == "1980-03-12"
    assert "1980" in chat.text()
    assert chat.text().startswith("Noted:")


def test_a_value_outside_the_limits_says_the_limit():
    chat = Chat(form(item("n", "integer", extension=[extension("maxValue", valueInteger=10)]))).say("11")
    assert (chat.effects(NotUnderstood)[0].why, chat.effects(NotUnderstood)[0].limit) == (Why.TOO_LARGE, "10")
    assert "10" in chat.text()


def test_a_broken_constraint_is_said_in_the_forms_own_words():
    rule = {
        "url": CORE + "questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": "k"},
            {"url": "human", "valueString": "The end is before the start."},
            {"url": "severity", "valueCode": "error"},
            {
                "url": "expression",
                "valueString": "item.where(linkId='from').answer.value <= item.where(linkId='to').answer.value",
            },
        ],
    }
    chat = Chat(form(item("from", "date"), item("to", "date", extension=[rule]))).say("2026-02-02", "2026-01-01")
    assert "The end is before the start." in chat.text()
    assert chat.say("2026-03-03").state.status is Status.COMPLETED


# --- red flags --------------------------------------------------------------------------------------------------------


def flag(rule: str, operator: str, **answer) -> dict:
    return {
        "url": FARLINE + "on-answer",
        "extension": [
            {"url": "rule", "valueCode": rule},
            {"url": "operator", "valueCode": operator},
            *[{"url": "answer", name: value} for name, value in answer.items()],
            {"url": "urgency", "valueCode": "emergency"},
            {"url": "tell", "valueString": "Call 911 now."},
        ],
    }


def test_a_red_flag_is_raised_once_and_told_at_once():
    chat = Chat(form(item("chest", "boolean", extension=[flag("chest-pain", "=", valueBoolean=True)]), item("b")))
    chat.say("yes")
    assert chat.effects(RedFlag) == [RedFlag("chest-pain", "chest", "emergency", "Call 911 now.")]
    assert "Call 911 now." in chat.text()
    assert chat.say("back", "yes").effects(RedFlag) == []


def test_a_red_flag_with_not_equal_waits_for_an_answer():
    chat = Chat(form(choice("c", "No", "Yes", extension=[flag("any", "!=", valueCoding={"code": "no"})]), item("b")))
    assert chat.effects(RedFlag) == []
    assert chat.say("yes").effects(RedFlag)


def test_a_red_flag_on_a_total_is_raised_by_the_answer_that_reaches_it():
    total = item(
        "total",
        "integer",
        extension=[
            expression(
                "calculatedExpression",
                "%resource.item.where(linkId='a').answer.value + %resource.item.where(linkId='b').answer.value",
            ),
            flag("high", ">=", valueInteger=10),
        ],
    )
    chat = Chat(form(item("a", "integer"), item("b", "integer"), total)).say("4")
    assert chat.effects(RedFlag) == []
    assert [raised.path for raised in chat.say("6").effects(RedFlag)] == ["total"]


# --- channels, languages ----------------------------------------------------------------------------------------------


def test_the_same_state_goes_on_by_another_channel_and_asks_nothing_twice():
    chat = Chat(THREE).say("3").resume("voice")
    assert chat.asked == "b"
    chat.press("1").resume("web").reply(Reply.page({"c": "fine"}, final=True))
    assert chat.values() == {"a": 3, "b": True, "c": "fine"}
    assert [answer.channel for answer in chat.state.answers.values()] == ["sms", "voice", "web"]
    assert chat.state.status is Status.COMPLETED


def test_what_a_channel_cannot_ask_waits_for_the_page():
    photo = form(item("a"), item("photo", "attachment", required=True))
    chat = Chat(photo).say("x")
    assert chat.effects(Deferred) == [Deferred(("photo",))]
    assert chat.state.status is Status.DEFERRED
    chat.resume("web").reply(Reply.page({"photo": {"url": "blob:1", "contentType": "image/jpeg"}}, final=True))
    assert chat.state.status is Status.COMPLETED


def test_what_need_not_be_answered_does_not_hold_the_form_open():
    chat = Chat(form(item("a"), item("photo", "attachment"))).say("x")
    assert (chat.effects(Deferred), chat.state.status) == ([Deferred(("photo",))], Status.COMPLETED)


def test_the_language_can_be_switched_and_answers_stay():
    bilingual = form(item("a", _text=translated(fr_CA="Quel âge?")), item("b", _text=translated(fr_CA="Et encore?")))
    chat = Chat(bilingual).say("one", "français")
    assert chat.effects(LanguageSwitched) == [LanguageSwitched("fr-CA")]
    assert "Et encore?" in chat.text()
    assert chat.values() == {"a": "one"}


def test_a_language_the_form_does_not_have_is_an_answer_like_any_other():
    assert Chat(form(item("a"), item("b"))).say("français").values() == {"a": "français"}


def test_a_recorded_answer_waits_for_its_words():
    chat = Chat(form(item("why", "text"), item("b", "boolean")), "voice").reply(Reply.recording("rec-1"))
    assert chat.effects(TranscriptionNeeded) == [TranscriptionNeeded("why", "rec-1")]
    assert chat.asked == "b"
    chat.reply(Reply.page({"why": "my knee hurts"}))
    assert chat.values() == {"why": "my knee hurts"}


def test_silence_three_times_ends_with_a_person():
    chat = Chat(THREE, "voice")
    for _ in range(3):
        chat.reply(Reply.silence())
    assert chat.effects(HandOff)


# --- several answers in one message -----------------------------------------------------------------------------------

CHECK_IN = form(item("temp", "decimal"), item("cough", "boolean"), item("days", "integer"), name="CheckIn")


def test_all_answers_in_one_message_by_keyword():
    chat = Chat(CHECK_IN).say("CHECKIN 37.8 non 3")
    assert chat.values() == {"temp": 37.8, "cough": False, "days": 3}
    assert chat.state.status is Status.COMPLETED


def test_a_bad_part_keeps_what_was_good_and_goes_on_from_it():
    chat = Chat(CHECK_IN).say("checkin 37.8 banana 3")
    assert chat.values() == {"temp": 37.8}
    assert chat.effects(Said) == [Said("answers_kept", ("1",))]
    assert chat.asked == "cough"


def test_answers_by_name():
    chat = Chat(CHECK_IN).say("days=3 temp=37.8")
    assert chat.values() == {"days": 3, "temp": 37.8}
    assert chat.asked == "cough"


def test_an_equals_sign_in_an_ordinary_answer_is_no_list():
    assert Chat(form(item("a"), item("b"))).say("1+1=2 I think").values() == {"a": "1+1=2 I think"}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_saved_page_keeps_the_good_and_says_what_is_wrong():
    chat = Chat(THREE, "web").reply(Reply.page({"a": "three", "b": True, "nothing": 1}))
    assert {(bad.path, bad.why) for bad in chat.effects(NotUnderstood)} == {
        ("a", Why.WRONG_TYPE),
        ("nothing", Why.UNKNOWN),
    }
    assert chat.values() == {"b": True}


def test_a_blank_field_takes_the_answer_back():
    chat = Chat(THREE, "web").reply(Reply.page({"c": "x"})).reply(Reply.page({"c": None}))
    assert [(gone.path, gone.reason) for gone in chat.effects(AnswerSetAside)] == [("c", SetAsideReason.CLEARED)]
    assert chat.values() == {}


def test_sending_with_a_required_answer_missing_says_which():
    chat = Chat(form(item("a", required=True), item("b")), "web").reply(Reply.page({"b": "x"}, final=True))
    assert chat.effects(Missing) == [Missing(("a",))]
    assert chat.state.status is Status.ASKING


def test_the_same_page_twice_changes_nothing():
    chat = Chat(THREE, "web").reply(Reply.page({"a": 3, "c": "x"}))
    before = chat.state.to_json()
    chat.reply(Reply.page({"a": 3, "c": "x"}))
    assert {**chat.state.to_json(), "n": before["n"]} == before
    assert chat.effects(AnswerKept) == []


def test_occurrences_of_a_loop_come_with_the_page_but_not_without_end():
    chat = Chat(MEDICINES, "web").reply(Reply.page({"med.name@2": "c", "med.name@99": "z"}))
    assert chat.values() == {"med.name@2": "c"}
    assert chat.state.counts == {"med": 3}


# --- keys -------------------------------------------------------------------------------------------------------------


def test_keys_choose_by_the_printed_number():
    weights = [
        {
            "valueCoding": {"code": f"w{n}", "display": f"Option {n}"},
            "extension": [extension("questionnaire-optionPrefix", valueString=str(n))],
        }
        for n in range(4)
    ]
    assert Chat(form(item("c", "choice", answerOption=weights)), "voice").press("0").values() == {"c": "w0"}
    assert Chat(form(item("c", "choice", answerOption=weights)), "sms").say("0").values() == {"c": "w0"}


def test_numbers_and_dates_pressed_are_read_back_first():
    chat = Chat(form(item("n", "decimal"), item("d", "date")), "voice").press("37*8")
    assert chat.effects(ReadBack)[0].candidates == ((37.8, "37.8"),)
    assert chat.press("1").values() == {"n": 37.8}
    assert chat.press("07031980").effects(ReadBack)[0].candidates == (("1980-03-07", "Friday, March 7, 1980"),)
    assert chat.press("2").values() == {"n": 37.8}
    assert chat.press("07031980", "1").values() == {"n": 37.8, "d": "1980-03-07"}


def test_a_time_in_the_morning_could_be_in_the_evening():
    chat = Chat(form(item("t", "time")), "voice").press("230")
    assert [value for value, _ in chat.effects(ReadBack)[0].candidates] == ["02:30:00", "14:30:00"]
    assert chat.press("2").values() == {"t": "14:30:00"}


def test_long_lists_are_read_in_pages():
    chat = Chat(form(choice("c", *[f"O{n}" for n in range(1, 21)])), "voice")
    assert chat.press("9").state.page == 1
    assert chat.press("1").values() == {"c": "o8"}


def test_star_repeats_and_pound_skips():
    chat = Chat(THREE, "voice").press("*")
    assert (chat.asked, chat.state.misses) == ("a", 0)
    assert chat.press("#").effects(Skipped)


# --- purity -----------------------------------------------------------------------------------------------------------


def test_the_state_is_plain_json_both_ways():
    state = Chat(MEDICINES).say("metformin", "500", "yes").state
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_advance_changes_nothing_it_was_given():
    chat = Chat(THREE)
    before = json.dumps(chat.state.to_json())
    kept = chat.state
    chat.say("3")
    assert json.dumps(kept.to_json()) == before


def test_today_is_the_day_where_the_patient_is():
    late = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert str(Context("sms", "en", late, "America/Toronto").today) == "2026-11-23"
    assert str(Context("sms", "en", late + timedelta(hours=4), "America/Toronto").today) == "2026-11-24"


def test_prefilled_answers_are_not_asked():
    chat = Chat(THREE)
    turn = begin(chat.plan, Context("sms", "en", NOW), prefill={"a": 5, "b": "not a boolean"})
    assert turn.prompt.path == "b"
    assert turn.state.answers["a"].channel == "form"


# --- units ------------------------------------------------------------------------------------------------------------

TEMPERATURE = item(
    "temp",
    "quantity",
    extension=[
        extension("questionnaire-unitOption", valueCoding={"code": "Cel", "display": "°C"}),
        extension("questionnaire-unitOption", valueCoding={"code": "[degF]", "display": "°F"}),
        extension("minValue", valueQuantity={"value": 30, "code": "Cel"}),
        extension("maxValue", valueQuantity={"value": 45, "code": "Cel"}),
        flag("fever", ">=", valueQuantity={"value": 39.5, "code": "Cel"}),
    ],
)


@pytest.mark.parametrize(
    ("said", "raised"), [("39.4 C", False), ("39.5 C", True), ("103 F", False), ("103.1 F", True), ("104 °F", True)]
)
def test_a_fever_is_a_fever_in_either_unit(said, raised):
    chat = Chat(form(TEMPERATURE, item("end"))).say(said)
    assert chat.asked == "end"
    assert bool(chat.effects(RedFlag)) is raised


@pytest.mark.parametrize(("value", "unit", "fits"), [(20, "Cel", False), (50, "[degF]", False), (99, "[degF]", True)])
def test_a_limit_holds_in_every_unit(value, unit, fits):
    chat = Chat(form(TEMPERATURE), "web").reply(Reply.page({"temp": {"value": value, "unit": unit}}))
    assert bool(chat.values()) is fits


# --- pairs ------------------------------------------------------------------------------------------------------------


def pressure(link_id: str, code: str) -> dict:
    return item(link_id, "integer", code=[{"system": "http://loinc.org", "code": code}])


PRESSURE = form(pressure("sys", "8480-6"), pressure("dia", "8462-4"), item("end"))


@pytest.mark.parametrize("said", ["120/80", "120 over 80", "120 80"])
def test_a_blood_pressure_answers_both_of_its_questions(said):
    chat = Chat(PRESSURE).say(said)
    assert chat.values() == {"sys": 120, "dia": 80}
    assert chat.asked == "end"


def test_one_number_answers_only_its_own_question():
    chat = Chat(PRESSURE).say("120")
    assert (chat.values(), chat.asked) == ({"sys": 120}, "dia")


# --- questions under the answers of a choice that takes several -------------------------------------------------------


def several(*children: dict[str, Any]) -> dict[str, Any]:
    return choice("s", "Cough", "Rash", "Other", repeats=True, item=list(children))


def test_what_every_answer_needs_is_asked_for_each_answer():
    chat = Chat(form(several(item("since")), item("end"))).say("1", "2 days")
    assert chat.text() == "Add another: s?\n1 Yes\n2 No"
    chat.say("1", "rash", "a week", "2", "done")
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    answers = response["item"][0]["answer"]
    assert [row["valueCoding"]["code"] for row in answers] == ["cough", "rash"]
    assert [row["item"][0]["answer"][0]["valueString"] for row in answers] == ["2 days", "a week"]
    assert validate_response(chat.form, response) == []
    state, problems = read_response(chat.form, chat.plan, response, context=chat.context)
    assert (state.answers.keys(), problems) == (chat.state.answers.keys(), [])


@pytest.mark.parametrize("channel", ["sms", "voice", "web"])
def test_what_one_answer_needs_is_asked_once_and_stands_under_it(channel):
    which = item("which", enableWhen=[when("s", answerCoding={"system": "urn:o", "code": "other"})])
    chat = Chat(form(several(which)), channel).say("1 3", "itching")
    assert chat.state.status is Status.COMPLETED
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    cough, other = response["item"][0]["answer"]
    assert "item" not in cough
    assert other["item"] == [{"linkId": "which", "text": "which?", "answer": [{"valueString": "itching"}]}]
    assert validate_response(chat.form, response) == []
    state, _ = read_response(chat.form, chat.plan, response, context=chat.context)
    assert state.answers["which"].value == "itching"


# --- what the clinic knows of the patient -----------------------------------------------------------------------------


def known_form(*more: dict[str, Any]) -> dict[str, Any]:
    def initial(text: str) -> list[dict[str, Any]]:
        return [expression("initialExpression", text)]

    return form(
        item("f", extension=initial("%patient.name.where(use = 'official').family.first()")),
        item("g", extension=initial("%patient.name.first().given.join(' ')")),
        item("b", "date", extension=initial("%patient.birthDate")),
        item("h", extension=[*initial("%patient.name.family"), extension("questionnaire-hidden", valueBoolean=True)]),
        item("sex", extension=initial("%patient.gender")),
        *more,
    )


def known_chat(known: dict[str, str]) -> Chat:
    chat = Chat(known_form())
    chat.context = replace(chat.context, known=known)
    chat.turn = begin(chat.plan, chat.context)
    return chat


def test_what_the_clinic_knows_is_filled_in_and_the_rest_is_asked():
    chat = known_chat({"family": "Roy", "given": "Ann", "birth_date": "1970-05-05"})
    assert (chat.asked, chat.values()) == ("sex", {"f": "Roy", "g": "Ann", "b": "1970-05-05", "h": "Roy"})
    chat.say("review")
    assert "Roy" not in chat.text()  # never by text, whoever holds the phone
    assert "1970" not in chat.text()


def test_what_the_clinic_does_not_know_is_asked():
    chat = known_chat({"given": "Ann", "birth_date": "soon"})
    assert (chat.asked, chat.values()) == ("f", {"g": "Ann"})
    assert Chat(known_form()).asked == "f"


def test_a_moment_is_laid_out_once_until_an_answer_changes():
    plan, context = Chat(THREE).plan, Context("sms", "en", NOW)
    turn = begin(plan, context)
    before = board_for(plan, turn.state, context)
    assert board_for(plan, replace(turn.state, misses=1), context) is before
    after = advance(plan, turn.state, Reply.text("4"), context)
    assert board_for(plan, after.state, context) is not before
    assert board_for(plan, after.state, replace(context, locale="fr")) is not board_for(plan, after.state, context)
