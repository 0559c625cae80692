"""Going on with the upload on another device: a link by mail, a QR code, a short address."""

import base64
from io import BytesIO

import qrcode
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from qrcode.image.svg import SvgPathImage

from cases import access
from cases.models import Case
from cases.services import devices
from cases.views.patient import patient_of


def short_address(case: Case) -> str:
    """Return an address that can be typed; whoever is not signed in is asked to."""
    return f"{settings.SITE_URL}{reverse('go_on', args=[case.code])}"


def qr_image(address: str) -> str:
    """Return a QR code as the address of an SVG picture that travels inside the page."""
    image = qrcode.make(address, image_factory=SvgPathImage, border=2)
    svg = BytesIO()
    image.save(svg)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.getvalue()).decode()


@login_required
@require_GET
def go_on(request: HttpRequest, code: str) -> HttpResponse:
    """Lead from the short address to the upload page."""
    return redirect("cases:upload", access.own_case(request.user, code.upper()).code)


@login_required
@require_POST
def mail_link(request: HttpRequest, code: str) -> HttpResponse:
    case = access.own_case(request.user, code)
    try:
        devices.mail_link(case=case, to=patient_of(request))
    except devices.TooManyLinksError:
        messages.error(
            request,
            _("We have sent you the link already. Please look into your mailbox, also into spam."),
        )
    else:
        messages.success(
            request, _("We are sending the link to your e-mail address. Open it on your computer.")
        )
    return redirect("cases:upload", case.code)
