"""Signing in and out, and the pages of a person's own account."""

from mainstem.console.account import linking, profile, provider, sessions, signing, two_step
from mainstem.console.frame import Page

PAGES: tuple[Page, ...] = (
    Page("GET", "/sign-in", "public", signing.show),
    Page("POST", "/sign-in", "public", signing.check_password),
    Page("GET", "/sign-in/code", "public", signing.show_code),
    Page("POST", "/sign-in/code", "public", signing.check_code),
    Page("GET", "/sign-in/oidc", "public", provider.begin),
    Page("GET", "/sign-in/oidc/callback", "public", provider.finish),
    Page("POST", "/sign-out", "signed_in", signing.sign_out),
    Page("GET", "/link/{token:str}", "public", linking.show),
    Page("POST", "/link/{token:str}", "public", linking.use),
    Page("GET", "/account", "signed_in", profile.show),
    Page("POST", "/account", "signed_in", profile.change),
    Page("GET", "/account/password", "signed_in", profile.show_password),
    Page("POST", "/account/password", "signed_in", profile.change_password),
    Page("GET", "/account/codes", "signed_in", two_step.show),
    Page("POST", "/account/codes", "signed_in", two_step.enrol),
    Page("GET", "/account/codes/off", "signed_in", two_step.ask_off),
    Page("POST", "/account/codes/off", "signed_in", two_step.switch_off),
    Page("GET", "/account/sessions", "signed_in", sessions.show),
    Page("POST", "/account/sessions/end", "signed_in", sessions.end_others),
    Page("POST", "/account/sessions/{session:int}/end", "signed_in", sessions.end),
)

__all__ = ["PAGES"]
