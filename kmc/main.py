"""The `kmc` command."""

import click

from kmc.cluster import cluster
from kmc.images import images


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knative-multicontainer-conformance")
def main() -> None:
    """Conformance of multi-container Knative Services: clusters, images, clean-up and reports."""


main.add_command(cluster)
main.add_command(images)
