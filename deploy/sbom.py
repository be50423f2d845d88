"""Print a software bill of materials (CycloneDX 1.6, JSON) of the packages in a folder.

The same packages give the same bytes: no serial number, no time.
"""

import json
import sys
from importlib import metadata


def bill(folder: str) -> dict[str, object]:
    """Return the bill of a folder's distributions, by name."""
    found = {
        (dist.metadata["Name"], dist.version): dist.metadata.get("License-Expression")
        for dist in metadata.distributions(path=[folder])
    }
    components = []
    for (name, version), licence in sorted(found.items()):
        # github.com/package-url/purl-spec, type pypi: lower case, dashes.
        url = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        part = {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
        components.append(part | ({"licenses": [{"expression": licence}]} if licence else {}))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


if __name__ == "__main__":
    json.dump(bill(sys.argv[1]), sys.stdout, indent=1)
