"""What admins may type about their host pages; checking is in placing, snippets and the site's own rules."""

from wtforms import BooleanField, StringField, TextAreaField

from feedback.i18n.text import N_
from feedback.web.forms import ConsoleForm, VersionedForm


class OriginForm(ConsoleForm):
    """An origin whose pages may show the site's surveys."""

    origin = StringField(N_("Address"))


class ReturnForm(VersionedForm):
    """Where customers go back to after they cancelled; ``version`` is the site's that was shown."""

    return_url = StringField(N_("Address to go back to"))


class PlacementForm(VersionedForm):
    """To whom a survey is offered; ``version`` is the one that was shown, 0 where it was never placed."""

    live = BooleanField(N_("Pages may show this survey"))
    paths = TextAreaField(N_("Only on these pages"))
    sample = StringField(N_("Of a hundred visitors, ask"))
    again_days = StringField(N_("Days until somebody may be asked again"))


class QuietForm(VersionedForm):
    """Days without a second survey; ``version`` is the site's that was shown."""

    quiet_days = StringField(N_("Days before another survey may be shown"))


class SecretForm(ConsoleForm):
    """A public key of a site's back end, for those who sign with EdDSA."""

    public_key = TextAreaField(N_("Public key"))


class EnforceForm(VersionedForm):
    """Whether customers must be named by the site's back end; ``version`` is the site's that was shown."""

    required = BooleanField(N_("Take answers only from customers we know"))


class RobotsForm(VersionedForm):
    """What is asked of strangers; ``version`` is the site's that was shown."""

    proof_of_work = BooleanField(N_("Let the browser do a little arithmetic"))
    akismet = BooleanField(N_("Ask Akismet"))
