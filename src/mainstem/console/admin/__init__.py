"""Administration: people and keys, the audit trail, the quarantine, the outbox, jobs, data quality, the system."""

from mainstem.console.admin import (
    arrivals,
    audit,
    exporting,
    inviting,
    jobs,
    keys,
    outbox,
    people,
    quality,
    quarantine,
    standing,
    system,
    verifying,
)
from mainstem.console.frame import Page
from mainstem.platform.access.permissions import (
    AUDIT_READ,
    DATA_EXPORT,
    JOBS_READ,
    JOBS_WRITE,
    KEYS_READ,
    KEYS_WRITE,
    METRICS_READ,
    QUARANTINE_READ,
    QUARANTINE_WRITE,
    REPORTS_READ,
)

_PERSON = "/admin/people/{principal:int}"
_KEY = "/admin/keys/{key:int}"
_ENTRY = "/admin/quarantine/{entry:int}"
_JOB = "/admin/jobs/{job:int}"

PAGES: tuple[Page, ...] = (
    Page("GET", "/admin/people", KEYS_READ, people.listing, nav="people"),
    Page("GET", "/admin/people/invite", KEYS_WRITE, inviting.form, nav="people"),
    Page("POST", "/admin/people/invite", KEYS_WRITE, inviting.invite, nav="people"),
    Page("GET", _PERSON, KEYS_READ, people.show, nav="people"),
    Page("POST", f"{_PERSON}/role", KEYS_WRITE, people.change_role, nav="people"),
    Page("POST", f"{_PERSON}/admission", KEYS_WRITE, inviting.admit, nav="people"),
    Page("GET", f"{_PERSON}/link", KEYS_WRITE, inviting.link_form, nav="people"),
    Page("POST", f"{_PERSON}/link", KEYS_WRITE, inviting.issue_link, nav="people"),
    Page("GET", f"{_PERSON}/standing", KEYS_WRITE, standing.form, nav="people"),
    Page("POST", f"{_PERSON}/standing", KEYS_WRITE, standing.change, nav="people"),
    Page("GET", f"{_PERSON}/sessions", KEYS_WRITE, standing.sessions_form, nav="people"),
    Page("POST", f"{_PERSON}/sessions", KEYS_WRITE, standing.end_sessions, nav="people"),
    Page("GET", f"{_PERSON}/keys", KEYS_WRITE, keys.form, nav="people"),
    Page("POST", f"{_PERSON}/keys", KEYS_WRITE, keys.issue, nav="people"),
    Page("GET", _KEY, KEYS_WRITE, keys.revocation_form, nav="people"),
    Page("POST", _KEY, KEYS_WRITE, keys.revoke, nav="people"),
    Page("GET", "/admin/roles", KEYS_READ, people.roles, nav="people"),
    Page("GET", "/admin/audit", AUDIT_READ, audit.listing, nav="audit"),
    Page("GET", "/admin/audit/export", DATA_EXPORT, exporting.export, nav="audit"),
    Page("GET", "/admin/audit/{xid:int}/{event:int}", AUDIT_READ, audit.show, nav="audit"),
    Page("GET", "/admin/audit/verification", AUDIT_READ, verifying.listing, nav="audit"),
    Page("POST", "/admin/audit/verification", AUDIT_READ, verifying.verify, nav="audit"),
    Page("GET", "/admin/audit/verification/{verification:int}", AUDIT_READ, verifying.show, nav="audit"),
    Page("GET", "/admin/quarantine", QUARANTINE_READ, quarantine.listing, nav="quarantine"),
    Page("POST", "/admin/quarantine/resubmission", QUARANTINE_WRITE, arrivals.resubmit_many, nav="quarantine"),
    Page("GET", _ENTRY, QUARANTINE_READ, quarantine.show, nav="quarantine"),
    Page("POST", f"{_ENTRY}/resubmission", QUARANTINE_WRITE, arrivals.resubmit, nav="quarantine"),
    Page("POST", f"{_ENTRY}/set-aside", QUARANTINE_WRITE, arrivals.set_aside, nav="quarantine"),
    Page("GET", "/admin/outbox", AUDIT_READ, outbox.show, nav="outbox"),
    Page("GET", "/admin/jobs", JOBS_READ, jobs.listing, nav="jobs"),
    Page("GET", _JOB, JOBS_READ, jobs.show, nav="jobs"),
    Page("POST", f"{_JOB}/retry", JOBS_WRITE, jobs.retry, nav="jobs"),
    Page("GET", f"{_JOB}/stop", JOBS_WRITE, jobs.stop_form, nav="jobs"),
    Page("POST", f"{_JOB}/stop", JOBS_WRITE, jobs.stop, nav="jobs"),
    Page("GET", "/admin/quality", REPORTS_READ, quality.show, nav="quality"),
    Page("GET", "/admin/quality/findings/{code:str}", REPORTS_READ, quality.findings, nav="quality"),
    Page("GET", "/admin/system", METRICS_READ, system.show, nav="system"),
)

__all__ = ["PAGES"]
