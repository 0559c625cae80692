"""`createradiologist` and `createcoordinator`."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role, User
from radiologists.models import Radiologist

pytestmark = pytest.mark.django_db
ADDRESS = "rita@secondread.invalid"
ARGUMENTS = (ADDRESS, "--name", "Dr. Rita", "--subspecialty", "msk", "--licensed-in", "de, AT")


def test_a_radiologist_gets_a_profile_and_no_password(capsys):
    call_command("createradiologist", *ARGUMENTS, "--competences", "spine_infection")
    reader = Radiologist.objects.get(user__email=ADDRESS)
    assert reader.user.role == Role.RADIOLOGIST
    assert not reader.user.has_usable_password()
    assert reader.licensed_in == ["DE", "AT"]
    assert reader.competences == ["spine_infection"]
    assert "forgotten my password" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-address", *ARGUMENTS[1:]),
        (*ARGUMENTS[:-1], ""),
        (*ARGUMENTS[:-1], "Germany"),
        (*ARGUMENTS[:4], "chest", *ARGUMENTS[5:]),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(arguments):
    with pytest.raises(CommandError):
        call_command("createradiologist", *arguments)
    assert not User.objects.filter(role=Role.RADIOLOGIST).exists()


def test_an_address_is_used_once(cole):
    with pytest.raises(CommandError, match="already"):
        call_command("createcoordinator", cole.email.upper(), "--name", "Cole")


def test_a_coordinator_is_made():
    call_command("createcoordinator", ADDRESS, "--name", "Rita")
    assert User.objects.get(email=ADDRESS).role == Role.COORDINATOR
