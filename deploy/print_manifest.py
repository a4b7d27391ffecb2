"""manifest.yml as JSON, on standard output: for Slack's command line, see .slack/hooks.json. Needs `make venv`."""

import json
import sys
from pathlib import Path

import yaml

MANIFEST = Path(__file__).parent.parent / "manifest.yml"

if __name__ == "__main__":
    json.dump(yaml.safe_load(MANIFEST.read_text()), sys.stdout)
