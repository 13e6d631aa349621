"""The laws the clock can count by, and the kinds of duty each of them dates."""

from enum import StrEnum
from typing import Literal

Mode = Literal["strict", "edpb_suspension"]


class Regime(StrEnum):
    EU_GDPR = "EU_GDPR"
    UK_GDPR = "UK_GDPR"
    CCPA = "CCPA"
    CH_FADP = "CH_FADP"
    BR_LGPD = "BR_LGPD"
    IN_DPDP = "IN_DPDP"


class Kind(StrEnum):
    DSAR_RESPONSE = "dsar_response"
    PROMISED_RESPONSE = "promised_response"  # the same answer, asked for together with the promise
    GRIEVANCE = "grievance"  # India
    CONFIRM_RECEIPT = "confirm_receipt"  # California, as the two below
    OPT_OUT_SALE_SHARING = "opt_out_sale_sharing"
    LIMIT_SENSITIVE = "limit_sensitive"
