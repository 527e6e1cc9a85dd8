"""`doctor`: what works, what does not, and what to do next."""

from __future__ import annotations

from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.bot.settings import Settings, process_environment

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--config", "config", type=_FILE, help="The file that `serve` is started with, if there is one."
)
@click.option(
    "--audit-policy", "policy", type=_FILE, help="Also look into this policy of the API server."
)
@click.option("--alertmanager", metavar="URL", default="", help="Also look into this Alertmanager.")
@click.option(
    "--within",
    type=click.FloatRange(0.1, 300),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="For one check: what does not answer costs no more.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "json", "yaml", "md")),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@place_options
@click.pass_context
def command(
    ctx: click.Context,
    config: Path | None,
    policy: Path | None,
    alertmanager: str,
    within: float,
    output: str,
    *,
    settings: Settings,
) -> int:
    """Check the set-up, the memory, the cluster, every source, clocks and Slack.

    Prints what works, what does not, and the next step. It only looks: nothing is changed, and no
    secret is printed. Ends with exit code 1 if anything failed; a warning is no failure.
    """
    import asyncio

    from kubectl_smart.bot.doctor.case import case_of
    from kubectl_smart.bot.doctor.examination import examine
    from kubectl_smart.bot.render import doctor
    from kubectl_smart.memory.formats.manifests import to_yaml

    report = asyncio.run(
        examine(
            case_of(
                config,
                settings,
                process_environment(),
                memory_named=ctx.params.get("memory") is not None,
                kubeconfig=ctx.params.get("kubeconfig") or "",
                context=ctx.params.get("context") or "",
                policy=policy,
                alertmanager=alertmanager.rstrip("/"),
                within=within,
            )
        )
    )
    if output == "json":
        print_json(doctor.document(report))
    elif output == "yaml":
        click.echo(to_yaml(doctor.document(report)), nl=False)
    elif output == "md":
        click.echo("\n".join(doctor.markdown(report)))
    else:
        print_lines(doctor.lines(report))
    return exit_codes.ERROR if report.failed else exit_codes.OK
