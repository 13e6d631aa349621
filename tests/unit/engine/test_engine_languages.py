import msgspec
import pytest

from dsar.domain.profile import LoadedProfile, ProfileError
from dsar.engine.opening import check_languages, load_profile
from dsar.render import Templates
from dsar.store import shipped


def test_a_profile_that_offers_a_language_without_letters_is_refused():
    profile = load_profile("demo").profile
    operator = msgspec.structs.replace(profile.operator, languages=("fi", "de"))
    loaded = LoadedProfile(msgspec.structs.replace(profile, operator=operator), "", b"")

    with pytest.raises(ProfileError, match="'de' has no catalogue of translations; there are en, fi, pl, sv"):
        check_languages(loaded, Templates(shipped("templates"), shipped("translations")))
