"""The vendors that Baton knows, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from saas.brevo import Brevo
from saas.errors import VendorMisconfigured
from saas.mailchimp import Mailchimp
from saas.pigeon import Pigeon
from saas.port import Vendor
from saas.sendgrid import SendGrid
from saas.settings import SsmVendorSettings

VENDORS: Mapping[str, type[Vendor]] = MappingProxyType(
    {vendor.name: vendor for vendor in (Brevo, Mailchimp, Pigeon, SendGrid)}
)


def vendor_named(name: str, parameters_root: str) -> Vendor:
    """The vendor with its settings from SSM under `parameters_root`; an unknown name raises `VendorMisconfigured`."""
    vendor = VENDORS.get(name)
    if vendor is None:
        raise VendorMisconfigured(
            name, "vendor", f"there is none of this name; known are: {', '.join(sorted(VENDORS))}"
        )
    return vendor(SsmVendorSettings(parameters_root, name))
