"""The `kmc` command."""

import click

from kmc.clean import clean
from kmc.cluster import cluster
from kmc.images import images
from kmc.report import report
from kmc.requirements import requirements


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knative-multicontainer-conformance")
def main() -> None:
    """Conformance of multi-container Knative Services: clusters, images, requirements, reports and clean-up."""


for command in (clean, cluster, images, report, requirements):
    main.add_command(command)
