"""The extension addresses Farline reads and writes, each in one place: HL7's and our own namespace."""

from __future__ import annotations

from typing import Final

# Ours. Documented in docs/questionnaires.md. All optional; unknown extensions survive import and export untouched.
FARLINE: Final = "https://farline.example/fhir/StructureDefinition/"
CHANNEL: Final = FARLINE + "channel"
KEYPAD: Final = FARLINE + "keypad"
ACCEPTED_WORDS: Final = FARLINE + "accepted-words"
RECORDING: Final = FARLINE + "voice-recording-policy"
SENSITIVITY: Final = FARLINE + "sensitivity"
ON_ANSWER: Final = FARLINE + "on-answer"
TENSE: Final = FARLINE + "tense"
SMS_KEYWORD: Final = FARLINE + "sms-keyword"
SMS_FIELD: Final = FARLINE + "sms-field"
REVIEW: Final = FARLINE + "review-before-sending"
PENDING_RECORDING: Final = FARLINE + "pending-recording"

# FHIR core extensions.
CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
TRANSLATION: Final = CORE + "translation"
XHTML: Final = CORE + "rendering-xhtml"
MARKDOWN: Final = CORE + "rendering-markdown"
HIDDEN: Final = CORE + "questionnaire-hidden"
ITEM_CONTROL: Final = CORE + "questionnaire-itemControl"
OPTION_PREFIX: Final = CORE + "questionnaire-optionPrefix"
OPTION_EXCLUSIVE: Final = CORE + "questionnaire-optionExclusive"
ORDINAL: Final = (CORE + "ordinalValue", CORE + "itemWeight", CORE + "questionnaire-ordinalValue")
CODE_ORDINAL: Final = (CORE + "codesystem-ordinalValue", CORE + "valueset-ordinalValue")
MIN_VALUE: Final = CORE + "minValue"
MAX_VALUE: Final = CORE + "maxValue"
MIN_LENGTH: Final = CORE + "minLength"
MAX_DECIMALS: Final = CORE + "maxDecimalPlaces"
REGEX: Final = CORE + "regex"
ENTRY_FORMAT: Final = CORE + "entryFormat"
MIN_OCCURS: Final = CORE + "questionnaire-minOccurs"
MAX_OCCURS: Final = CORE + "questionnaire-maxOccurs"
UNIT: Final = CORE + "questionnaire-unit"
UNIT_OPTION: Final = CORE + "questionnaire-unitOption"
DISPLAY_CATEGORY: Final = CORE + "questionnaire-displayCategory"
CONSTRAINT: Final = CORE + "questionnaire-constraint"
VARIABLE: Final = CORE + "variable"
REPLACES: Final = CORE + "replaces"

# Structured Data Capture (SDC) extensions.
SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
SHORT_TEXT: Final = SDC + "sdc-questionnaire-shortText"
ITEM_MEDIA: Final = SDC + "sdc-questionnaire-itemMedia"
ITEM_ANSWER_MEDIA: Final = SDC + "sdc-questionnaire-itemAnswerMedia"
INITIAL_EXPRESSION: Final = SDC + "sdc-questionnaire-initialExpression"
CALCULATED_EXPRESSION: Final = SDC + "sdc-questionnaire-calculatedExpression"
ENABLE_WHEN_EXPRESSION: Final = SDC + "sdc-questionnaire-enableWhenExpression"
CANDIDATE_EXPRESSION: Final = SDC + "sdc-questionnaire-candidateExpression"
ANSWER_EXPRESSION: Final = SDC + "sdc-questionnaire-answerExpression"
OBSERVATION_EXTRACT: Final = SDC + "sdc-questionnaire-observationExtract"
OBSERVATION_CATEGORY: Final = SDC + "sdc-questionnaire-observation-extract-category"
LAUNCH_CONTEXT: Final = SDC + "sdc-questionnaire-launchContext"
OPEN_LABEL: Final = SDC + "sdc-questionnaire-openLabel"
MIN_QUANTITY: Final = SDC + "sdc-questionnaire-minQuantity"
MAX_QUANTITY: Final = SDC + "sdc-questionnaire-maxQuantity"
