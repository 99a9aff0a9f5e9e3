"""The FHIRPath functions that choose: `where` over items, answers and options, and the weight in an extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forms.names import CODE_ORDINAL, ORDINAL
from forms.symbols import (
    Answers,
    Extensions,
    Items,
    Options,
    Plain,
    Reached,
    Symbol,
    Unsupported,
    Weights,
)

if TYPE_CHECKING:
    from forms.fhirpath import Node
    from forms.fhirpath_call import Call
    from forms.items import Tree

_WEIGHTS: Final = frozenset({*ORDINAL, *CODE_ORDINAL})


def where(this: Call) -> Symbol:
    if isinstance(this.focus, Items):
        return _where_items(this, this.focus)
    if isinstance(this.focus, Options):
        return _where_options(this, this.focus)
    if isinstance(this.focus, Extensions):
        if _url_wanted(this) not in _WEIGHTS:
            raise Unsupported("an extension other than the weight")
        return Weights(this.focus.source)
    if isinstance(this.focus, Answers):
        pieces = this.focus.pieces
        wrapped = this.focus.wrapped
        kept = ((i, ["where", tree, this.tree_on(Answers(((i, ["this"]),), wrapped))]) for i, tree in pieces)
        return Answers(tuple(kept), wrapped)
    return Plain(["where", this.tree, this.tree_on(this.element)], this.dates)


def _where_items(this: Call, focus: Items) -> Symbol:
    link_id = _link_id_wanted(this)
    if link_id is not None:
        return Items(_with_link_id(this, focus, link_id), focus.questionnaire)
    found = []
    for item in focus.found:
        kept = this.tree_on(Items((Reached(item.index, near=item.near),), focus.questionnaire))
        if kept is False or kept == []:
            continue
        if kept is not True and focus.questionnaire:
            raise Unsupported("a choice among the form's items that depends on answers")
        guard = item.guard if kept is True else kept if item.guard is True else ["and", item.guard, kept]
        found.append(Reached(item.index, guard, item.near))
    return Items(tuple(found), focus.questionnaire)


def _link_id_wanted(this: Call) -> str | None:
    """The commonest criterion, linkId = 'x', which needs no look at each item."""
    criterion = this.args[0]
    if criterion[:2] != ("bin", "=") or ("name", "linkId") not in criterion[2:]:
        return None
    other = criterion[3] if criterion[2] == ("name", "linkId") else criterion[2]
    return other[1] if other[0] == "lit" and isinstance(other[1], str) else None


def _with_link_id(this: Call, focus: Items, link_id: str) -> tuple[Reached, ...]:
    outline = this.compiler.outline
    if focus.found is outline.everything:
        return outline.by_link.get(link_id, ())
    this.compiler.effort.step(len(focus.found) // 8)
    return tuple(item for item in focus.found if outline.items[item.index].link_id == link_id)


def _where_options(this: Call, focus: Options) -> Symbol:
    """answerOption.where(valueCoding.code = <answers>), or the extension among an option's that holds its weight."""
    criterion = this.args[0]
    if criterion[0] == "bin" and criterion[1] in {"=", "in", "~"}:
        for own, other in ((criterion[2], criterion[3]), (criterion[3], criterion[2])):
            if own == ("name", "url"):
                return _weight_extension(this, this.compiler.argument(other, this.around))
            if _is_option_value(own):
                return Options(focus.index, this.compiler.argument(other, this.around))
    raise Unsupported("a choice among options other than by code")


def _url_wanted(this: Call) -> str:
    """The address in answer.value.extension.where(url = '...'), the way weights are mostly looked up."""
    criterion = this.args[0]
    if criterion[:2] != ("bin", "=") or ("name", "url") not in criterion[2:]:
        return ""
    other = criterion[3] if criterion[2] == ("name", "url") else criterion[2]
    return str(other[1]) if other[0] == "lit" else ""


def _is_option_value(node: Node) -> bool:
    if node[0] == "dot" and node[2] == ("name", "code"):
        node = node[1]
    return node[0] == "name" and str(node[1]).startswith("value")


def extension(this: Call) -> Symbol:
    return _weight_extension(this, this.argument(0))


def _weight_extension(this: Call, url: Tree) -> Symbol:
    if not isinstance(url, str) or url not in _WEIGHTS:
        raise Unsupported("an extension other than the weight")
    if isinstance(this.focus, Answers):
        return Weights(this.focus)
    if isinstance(this.focus, Options):
        values = this.compiler.member(this.focus, "value")
        return Weights(values) if isinstance(values, Answers) else Plain([])
    raise Unsupported("an extension of something other than an answer or an option")


def weight(this: Call) -> Symbol:
    values = this.compiler.member(this.focus, "value") if isinstance(this.focus, Options) else this.focus
    if not isinstance(values, Answers):
        raise Unsupported("the weight of something other than an answer")
    return Weights(values)
