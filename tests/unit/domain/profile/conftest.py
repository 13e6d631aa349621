import pytest
from profiles_at_hand import COMPANIES, profile_of


@pytest.fixture(params=COMPANIES)
def company(request):
    """Each of the five companies' profiles in turn."""
    return profile_of(request.param)
