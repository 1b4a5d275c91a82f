"""How many decimals a currency has (ISO 4217), and amounts as text with exactly those."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["exponent_of", "major_text", "read_exponent_of"]

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW"
)
_GONE = "ATS DEM FIM FRF IEP NLG"  # the euro has replaced them: read in old statements, never paid
_EXPONENT = (
    dict.fromkeys(_TWO.split(), 2)
    | dict.fromkeys(_NONE.split(), 0)
    | dict.fromkeys(_THREE.split(), 3)
)
_GONE_SET = frozenset(_GONE.split())


def exponent_of(currency: str) -> int | None:
    """Return the number of decimals of an ISO 4217 currency, or None if it is not one of ours."""
    return _EXPONENT.get(currency)


def read_exponent_of(currency: str) -> int | None:
    """Return the number of decimals of a currency that a statement may be in, old ones too."""
    return 2 if currency in _GONE_SET else _EXPONENT.get(currency)


def major_text(amount_minor: int, exponent: int) -> str:
    """Return an amount of minor units as the decimal text a bank expects: 150000, 2 → 1500.00."""
    return str(Decimal(amount_minor).scaleb(-exponent)) if exponent else str(amount_minor)
