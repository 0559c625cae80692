"""What was taken out of the images, for everybody who may see the case."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import access
from cases.selectors.receipts import left_out_of, receipts_of


@login_required
@require_GET
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    case = access.case_for(request.user, code)
    context = {"case": case, "receipts": receipts_of(case), "left_out": left_out_of(case)}
    return render(request, "cases/receipt.html", context)
