"""The `kmc` command."""

import click

from kmc.commands.clean import clean
from kmc.commands.cluster import cluster
from kmc.commands.images import images
from kmc.commands.report import report
from kmc.commands.requirements import requirements
from kmc.commands.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knative-multicontainer-conformance")
def main() -> None:
    """kmc, Knative multi-container: judge a cluster (kmc run), and what belongs to that."""


for command in (run, clean, cluster, images, report, requirements):
    main.add_command(command)
