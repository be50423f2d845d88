"""Print a software bill of materials (CycloneDX 1.6, JSON) of what an image holds: the Python
packages in a folder, and Debian's.

The same packages give the same bytes: no serial number, no time.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

FORM = "${binary:Package} ${Version} ${Architecture}\n"


def python(folder: str) -> Iterator[dict[str, object]]:
    """Tell of a folder's distributions."""
    for dist in metadata.distributions(path=[folder]):
        name, licence = dist.metadata["Name"], dist.metadata.get("License-Expression")
        # github.com/package-url/purl-spec, type pypi: lower case, dashes.
        url = f"pkg:pypi/{name.lower().replace('_', '-')}@{dist.version}"
        licences = {"licenses": [{"expression": licence}]} if licence else {}
        yield component(name, dist.version, url) | licences


def debian() -> Iterator[dict[str, object]]:
    """Tell of Debian's packages."""
    query = ["dpkg-query", "--show", f"--showformat={FORM}"]
    listed = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        package, version, architecture = line.split()
        name = package.partition(":")[0]
        url = f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch={architecture}"
        yield component(name, version, url)


def component(name: str, version: str, url: str) -> dict[str, object]:
    """Return a package as CycloneDX has it."""
    return {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}


def bill(folder: str) -> dict[str, object]:
    """Return the bill, each package once, in the order of their addresses."""
    found = {str(part["purl"]): part for part in (*python(folder), *debian())}
    components = [found[url] for url in sorted(found)]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


if __name__ == "__main__":
    json.dump(bill(sys.argv[1]), sys.stdout, indent=1)
