"""Units as people write them, and the conversions that are always right.

Codes are UCUM's (ucum.org, version 2.1); factors are exact by definition (1 in = 2.54 cm, 1 lb = 0.45359237 kg).
Concentrations (mmol/L, mg/dL) do not convert here: that needs to know the substance.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from forms.parsing.fold import fold, words


@dataclass(frozen=True, slots=True)
class Measure:
    """A known unit: `size` in the unit that starts its dimension, plus `offset` for temperatures."""

    code: str
    symbol: str
    dimension: str
    size: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


# code | symbol | dimension | size | names in folded words, separated by commas
_ROWS = """
Cel|°C|temperature|1|°c,c,celsius,celcius,celsus,degre c,degres c,degree c,degrees c,deg c,degre celsius,\
degres celsius,degree celsius,degrees celsius,centigrade,degrees centigrade,° c,° celsius
[degF]|°F|temperature|0.5555555555555555555555555556|°f,f,fahrenheit,farenheit,fahrenhiet,degre f,degres f,\
degree f,degrees f,deg f,degres fahrenheit,degrees fahrenheit,degree fahrenheit,° f,° fahrenheit
kg|kg|mass|1000|kg,kgs,kilo,kilos,kilogram,kilograms,kilogramme,kilogrammes
g|g|mass|1|g,gr,gram,grams,gramme,grammes
mg|mg|mass|0.001|mg,mgs,milligram,milligrams,milligramme,milligrammes
ug|mcg|mass|0.000001|mcg,ug,microgram,micrograms,microgramme,microgrammes
[lb_av]|lb|mass|453.59237|lb,lbs,pound,pounds,livre,livres,#
[oz_av]|oz|mass|28.349523125|oz,ounce,ounces,once,onces
[stone_av]|st|mass|6350.29318|stone,stones,st
km|km|length|100000|km,kms,kilometre,kilometres,kilometer,kilometers
m|m|length|100|m,metre,metres,meter,meters
cm|cm|length|1|cm,cms,centimetre,centimetres,centimeter,centimeters
mm|mm|length|0.1|mm,millimetre,millimetres,millimeter,millimeters
[in_i]|in|length|2.54|in,inch,inches,pouce,pouces,po,"
[ft_i]|ft|length|30.48|ft,foot,feet,pied,pieds,pi,'
[mi_i]|mi|length|160934.4|mile,miles,mi
s|s|time|1|s,sec,secs,second,seconds,seconde,secondes
min|min|time|60|min,mins,mn,minute,minutes
h|h|time|3600|h,hr,hrs,hour,hours,heure,heures,dheure,dheures
d|d|time|86400|d,day,days,jour,jours,j,journee,journees
wk|wk|time|604800|wk,wks,week,weeks,semaine,semaines,sem
mo|mo|months|1|mo,mos,month,months,mois
a|a|months|12|yr,yrs,year,years,an,ans,annee,annees,year old,years old,yrs old,yo
L|L|volume|1000|l,litre,litres,liter,liters
dL|dL|volume|100|dl,decilitre,decilitres
mL|mL|volume|1|ml,mls,cc,millilitre,millilitres,milliliter,milliliters
[tsp_us]|tsp|spoon|1|tsp,teaspoon,teaspoons,cuillere a the,cuilleres a the,c a the
[tbs_us]|tbsp|spoon|3|tbsp,tablespoon,tablespoons,cuillere a soupe,cuilleres a soupe,c a soupe
[cup_us]|cup|cup|1|cup,cups,tasse,tasses
mm[Hg]|mmHg|pressure|1|mmhg,mm hg,mm de mercure
kPa|kPa|pressure|7.500616827|kpa
mmol/L|mmol/L|molar concentration|1|mmol/l,mmol / l,mmol,mmols,mmole,mmoles,mmol par litre,mmol per litre,millimoles
mg/dL|mg/dL|mass concentration|1|mg/dl,mg / dl,mg par dl,mg per dl
g/L|g/L|mass concentration|100|g/l,g / l,g par litre,g per litre
/min|/min|rate|1|/min,/ min,bpm,beats,battements,beats per minute,beats a minute,beats/min,battements par minute,\
battements/min,per minute,par minute,batt/min,breaths per minute,respirations par minute
%|%|fraction|1|%,percent,per cent,pourcent,pour cent,pct
[iU]|IU|international units|1|iu,ui,international units,unites internationales
U|U|units|1|u,unit,units,unite,unites
kcal|kcal|energy|1|kcal,cal,calorie,calories
"""


@cache
def _measures() -> tuple[dict[str, Measure], dict[str, Measure]]:
    by_code: dict[str, Measure] = {}
    by_name: dict[str, Measure] = {}
    for row in _ROWS.strip().splitlines():
        code, symbol, dimension, size, names = row.split("|")
        offset = Decimal(32) if code == "[degF]" else Decimal(0)
        measure = Measure(code, symbol, dimension, Decimal(size), offset)
        by_code[code] = measure
        by_name |= dict.fromkeys(names.split(","), measure)
    return by_code, by_name


def by_code(code: str | None) -> Measure | None:
    """The unit of that UCUM code; case counts ("M" is no "m")."""
    return _measures()[0].get(code) if code else None


def by_name(name: str) -> Measure | None:
    """The unit that people write so; `name` is folded."""
    return _measures()[1].get(name)


@lru_cache(maxsize=512)
def of_label(label: str, code: str | None = None) -> Measure | None:
    """The unit a form means by its label ("°C", "livres", "mm[Hg]") or code."""
    return by_code(code) or by_code(label) or by_name(fold(label)) or by_name(" ".join(words(fold(label))))


def convert(value: Decimal, unit: Measure, target: Measure) -> Decimal | None:
    """`value` in the target unit, or None when the two measure different things."""
    if unit.dimension != target.dimension:
        return None
    if unit.dimension == "temperature" and unit != target:
        return (value - 32) * 5 / 9 if unit.offset else value * 9 / 5 + 32
    return value * unit.size / target.size


LONGEST_NAME = 4  # tokens
