"""What codes are called in letters. Each name stands after a colon or in a list, so that no language must bend it."""

from collections.abc import Mapping

from dsar.render.catalogue import msgid

NAMES: Mapping[str, Mapping[str, str]] = {
    "right": {
        "access": msgid("access to your data"),
        "rectification": msgid("correction of your data"),
        "erasure": msgid("erasure of your data"),
        "restriction": msgid("restriction of the use of your data"),
        "portability": msgid("data portability: taking your data elsewhere"),
        "objection": msgid("objection to the use of your data"),
        "withdraw_consent": msgid("withdrawal of your consent"),
        "automated_decision": msgid("a decision by a person instead of a machine"),
        "know": msgid("to know what is held about you"),
        "delete": msgid("deletion of your data"),
        "correct": msgid("correction of your data"),
        "opt_out_sale": msgid("no sale or sharing of your data"),
        "limit_sensitive": msgid("limited use of your sensitive data"),
    },
    # The same to a business, whose caller asks
    "asked": {
        "access": msgid("access to their data"),
        "rectification": msgid("correction of their data"),
        "erasure": msgid("erasure of their data"),
        "restriction": msgid("restriction of the use of their data"),
        "portability": msgid("their data in a form to take elsewhere"),
        "objection": msgid("an end to the use of their data"),
        "withdraw_consent": msgid("withdrawal of their consent"),
        "automated_decision": msgid("a decision by a person instead of a machine"),
        "know": msgid("to know what is held about them"),
        "delete": msgid("deletion of their data"),
        "correct": msgid("correction of their data"),
        "opt_out_sale": msgid("no sale or sharing of their data"),
        "limit_sensitive": msgid("limited use of their sensitive data"),
    },
    "safeguard": {
        "adequacy": msgid("a country whose data protection is recognised as adequate"),
        "data_privacy_framework": msgid("certified under the EU–US Data Privacy Framework"),
        "standard_contractual_clauses": msgid("the European Commission’s standard contractual clauses"),
        "binding_corporate_rules": msgid("binding corporate rules"),
        "idta": msgid("the United Kingdom’s international data transfer agreement"),
        "derogation": msgid("an exception that the law allows"),
        "privacy_shield": msgid("EU–US Privacy Shield, which is no longer valid"),
    },
    # By what a system knows people
    "identity": {
        "email": msgid("e-mail address"),
        "phone": msgid("telephone number"),
        "account_id": msgid("account"),
        "other": msgid("an identifier of its own"),
    },
    # What staff may ask of somebody whose identity is in doubt, GDPR 12(6): the least that will do.
    "way": {
        "second_channel": msgid(
            "a code that we send to another address or telephone number of yours that we know"
        ),
        "account_login": msgid("signing in to your account, and sending the request from there"),
        "staff_call_back": msgid("a call from our staff to a telephone number of yours that we know"),
        "id_seen": msgid("showing an identity document to our staff, in person or in a video call"),
    },
    # Why a file did not go to another provider
    "transfer": {
        "unreachable": msgid("the address does not answer"),
        "declined": msgid("the provider says that it does not take the file"),
        "not_proven": msgid("what answers at the address does not show that it receives such files"),
        "rejected": msgid("the provider accepted at first, and then did not take the file"),
        "altered": msgid("the provider says that it received something else than we sent"),
        "unreadable": msgid("a fault of ours: the file could not be read"),
    },
    "extension": {
        "complexity": msgid("Your request is complex."),
        "number_of_requests": msgid("You have sent us several requests."),
    },
    # GDPR 18(1), by its points
    "restriction": {
        "a": msgid("You say that the data is wrong. It stays frozen while we check it."),
        "b": msgid("The data should not have been used, and you want it frozen rather than erased."),
        "c": msgid("We no longer need the data, but you need it for a legal claim."),
        "d": msgid("You have objected to the use of the data. It stays frozen while we weigh your reasons."),
    },
    # Why something is refused or withheld, by the provision that allows it
    "ground": {
        "GDPR 12(2)": msgid("we cannot make sure that the data is about you"),
        "GDPR 12(5)": msgid("the request is manifestly unfounded or excessive"),
        "GDPR 15(4)": msgid("it would harm the rights of other people"),
        "GDPR 17(3)(a)": msgid("it is needed for freedom of expression and information"),
        "GDPR 17(3)(b)": msgid("a law obliges us to keep it"),
        "GDPR 17(3)(d)": msgid("it is kept for archives, research or statistics in the public interest"),
        "GDPR 17(3)(e)": msgid("it is needed for legal claims"),
        "GDPR 20(1)": msgid("you did not give us the data by consent or for a contract"),
        "GDPR 21(1)": msgid("our reasons are compelling and outweigh yours"),
        "GDPR 16": msgid("we have checked the data, and it is not wrong"),
        "GDPR 18(1)": msgid("none of the grounds for a restriction is there"),
        "GDPR 22(1)": msgid("no decision about you was made by a machine alone"),
        "Civ. 1798.145": msgid("an exception in the law applies"),
        "11 CCR 7024(a)": msgid("we cannot make sure that the request comes from you"),
    },
    # Why something within an answer is withheld, by `WithholdingGround`: two of them rest on one provision
    "withheld": {
        "others": msgid("it would harm the rights of other people"),
        "trade_secret": msgid("it would give away a trade secret"),
        "legal_obligation": msgid("a law forbids us to tell it"),
        "legal_claims": msgid("it is needed for legal claims"),
        "security": msgid("it would open an account, and is told to nobody"),
        "not_about_the_person": msgid("it is about somebody or something else"),
        "not_provided": msgid("it was not provided; it was concluded from other data"),
    },
    # Whose words a turn of a call are, to the person whose call it is
    "speaker": {
        "subject": msgid("You"),
        "business": msgid("The business"),
        "machine": msgid("A machine"),
        "other": msgid("Another person"),
        "mixed": msgid("Several people"),
        "unknown": msgid("Somebody"),
    },
    "alarm": {
        "acknowledge": msgid("The receipt of a request has to be confirmed"),
        "notice_window": msgid("The last days to tell the person of an extension"),
        "half": msgid("Half of the time for an answer is over"),
        "overdue": msgid("An answer is overdue"),
        "other": msgid("The date of an answer comes near"),
    },
    "assist": {
        "overdue": msgid("Our help to a controller is overdue"),
        "other": msgid("The date of our help to a controller comes near"),
    },
}


def name(table: str, code: str) -> str:
    """The English name of a code, to be looked up in a catalogue; an unknown code is a bug."""
    names = NAMES[table]
    return names.get(code) or names.get("other") or names[code]


def ground_name(citation: str) -> str | None:
    """The English words of a ground, where there are any: a profile may cite what is not in the list."""
    return NAMES["ground"].get(citation)
