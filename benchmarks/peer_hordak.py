"""The same lines by django-hordak, in its own environment: prints the seconds it took.

One line of ours is one transaction with two legs. ``bulk_create`` is its fastest door; its database
trigger checks every transaction when the legs are committed.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from decimal import Decimal

import django
from django.conf import settings


def main(host: str, database: str, count: int) -> None:
    """Make the tables, post, print."""
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": host,
                "NAME": database,
                "USER": "postgres",
            }
        },
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "hordak", "mptt"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        CURRENCIES=["INR"],
        DEFAULT_CURRENCY="INR",
        HORDAK_DECIMAL_PLACES=2,
        HORDAK_MAX_DIGITS=13,
    )
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - after the settings

    call_command("migrate", verbosity=0)
    print(json.dumps(_posted(count)))


def _posted(count: int) -> float:
    from django.db import transaction  # noqa: PLC0415 - after the settings
    from hordak.models import Account, AccountType, Leg, Transaction  # noqa: PLC0415 - after the settings

    expense = Account.objects.create(
        name="Expense", code="1", type=AccountType.expense, currencies=["INR"]
    )
    payable = Account.objects.create(
        name="Payable", code="2", type=AccountType.liability, currencies=["INR"]
    )
    start = time.perf_counter()
    with transaction.atomic():
        headers = Transaction.objects.bulk_create(
            [
                Transaction(date=date(2026, 3, 10), description=f"household {number}")
                for number in range(1, count + 1)
            ],
            batch_size=5000,
        )
        legs = []
        for number, header in enumerate(headers, start=1):
            amount = Decimal(number % 977 * 100 + 100) / 100
            legs.append(Leg(transaction=header, account=expense, debit=amount, currency="INR"))
            legs.append(Leg(transaction=header, account=payable, credit=amount, currency="INR"))
        Leg.objects.bulk_create(legs, batch_size=5000)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
