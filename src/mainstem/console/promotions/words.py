"""What states, verbs and relations of promotions are called."""

from mainstem.console.frame import N_

STATES = {
    "draft": (N_("Draft"), "secondary"),
    "approved": (N_("Approved"), "azure"),
    "live": (N_("Live"), "green"),
    "paused": (N_("Paused"), "yellow"),
    "ended": (N_("Ended"), "secondary"),
}
PHASES = {"ahead": N_("Begins later"), "running": "", "over": N_("Its time is over")}
VERBS = {
    "saved": (N_("Saved"), "edit"),
    "approved": (N_("Approved"), "check"),
    "started": (N_("Started"), "player-play"),
    "paused": (N_("Paused"), "player-pause"),
    "ended": (N_("Ended"), "x"),
}
RELATIONS = {
    "basket": N_("One of the two wants to be alone in the basket: the better one for the customer applies"),
    "items": N_("One of the two wants its lines alone: on the same goods the better one applies"),
    "group": N_("Both are of one group: the better one applies"),
    "not_with": N_("One of the two names the other as not together with it: the better one applies"),
    "adds_up": N_("Both are computed on the same prices and add up"),
    "later": N_("The second is computed on what the first leaves"),
}
BATCH_KINDS = {
    "unique": N_("Unique codes"),
    "public": N_("One public code"),
    "personal": N_("Personal, issued to customers"),
}
