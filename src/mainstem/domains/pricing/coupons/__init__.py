"""Coupons: batches of codes for a promotion, customers' wallets, uses that orders hold, redeem or give back."""

from mainstem.domains.pricing.coupons.batches import SAVE_COUPON_BATCH, STOP_COUPON_BATCH
from mainstem.domains.pricing.coupons.contracts import (
    COUPON_CUSTOMER_UNKNOWN,
    UNKNOWN_BATCH,
    BatchSaved,
    CheckCoupon,
    ClaimCoupon,
    CouponChecked,
    CouponHad,
    IssueCoupon,
    SaveCouponBatch,
    StopCouponBatch,
    TransferCoupon,
)
from mainstem.domains.pricing.coupons.exporting import csv_of_batch
from mainstem.domains.pricing.coupons.finding import CouponAsk, Found, find_coupons, who_are
from mainstem.domains.pricing.coupons.queries import (
    BatchView,
    WalletCoupon,
    batch_view,
    batches_page,
    wallet_of,
)
from mainstem.domains.pricing.coupons.using import CouponQuoted, OpenCoupons, open_coupons, quote_coupons
from mainstem.domains.pricing.coupons.wallet import (
    CHECK_COUPON,
    CLAIM_COUPON,
    ISSUE_COUPON,
    TRANSFER_COUPON,
    forget_tries,
)

OPERATIONS = (
    SAVE_COUPON_BATCH,
    STOP_COUPON_BATCH,
    ISSUE_COUPON,
    CLAIM_COUPON,
    TRANSFER_COUPON,
    CHECK_COUPON,
)
"""Every operation of coupons."""

__all__ = [
    "CHECK_COUPON",
    "CLAIM_COUPON",
    "COUPON_CUSTOMER_UNKNOWN",
    "ISSUE_COUPON",
    "OPERATIONS",
    "SAVE_COUPON_BATCH",
    "STOP_COUPON_BATCH",
    "TRANSFER_COUPON",
    "UNKNOWN_BATCH",
    "BatchSaved",
    "BatchView",
    "CheckCoupon",
    "ClaimCoupon",
    "CouponAsk",
    "CouponChecked",
    "CouponHad",
    "CouponQuoted",
    "Found",
    "IssueCoupon",
    "OpenCoupons",
    "SaveCouponBatch",
    "StopCouponBatch",
    "TransferCoupon",
    "WalletCoupon",
    "batch_view",
    "batches_page",
    "csv_of_batch",
    "find_coupons",
    "forget_tries",
    "open_coupons",
    "quote_coupons",
    "wallet_of",
    "who_are",
]
