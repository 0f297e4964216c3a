#!/usr/bin/env python3
"""Check a Candor receipt against the published seals of the books, with nothing but Python 3.

    python3 verify_receipt.py proof.json --site https://the.platform        # fetches the published seals itself
    python3 verify_receipt.py proof.json --seals seals.json [more.json]     # or reads what you downloaded
    ... --expect DIGEST                                                     # a digest that you wrote down earlier

`proof.json` comes from the page of the receipt. What is checked: every line of the proof is what the receipt says; its leaf
and path lead to the root of its seal (RFC 6962: leaf = SHA-256(00 line), node = SHA-256(01 left right)); the seal's digest is
right; the published chain holds that very seal and is unbroken from there to its newest digest. Exit code 0: all of it holds.
"""

import argparse
import hashlib
import json
import sys
import urllib.parse
import urllib.request

FIRST = "0" * 64
PAGES = 10_000


class Wrong(Exception):
    """The one sentence that says what does not hold."""


def leaf(line):
    return hashlib.sha256(b"\x00" + line.encode()).digest()


def fold(start, path):
    found = start
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        pair = other + found if side == "left" else found + other
        found = hashlib.sha256(b"\x01" + pair).digest()
    return found


def digest_of(seal):
    names = ("number", "after_id", "low", "high", "rows", "root", "previous")
    return hashlib.sha256("|".join(str(seal[name]) for name in names).encode()).hexdigest()


def check_lines(proof):
    """The lines speak of this very gift, and lead to the roots of their seals."""
    given = 0
    for entry in proof["journals"]:
        number, key, kind, ref, _at, legs = json.loads(entry["line"])
        if sum(amount for _account, amount in legs) != 0:
            raise Wrong(f"journal {number} does not balance")
        if kind == "donation":
            if key != f"donation:{proof['payment']}":
                raise Wrong(f"journal {number} is of another payment ({key})")
            given = -sum(amount for _account, amount in legs if amount < 0)
        elif ref not in proof["refs"]:
            raise Wrong(f"journal {number} is of something else ({ref})")
        seal = entry["seal"]
        if fold(leaf(entry["line"]), entry["path"]).hex() != seal["root"]:
            raise Wrong(f"journal {number} is not in seal {seal['number']}")
        if digest_of(seal) != seal["digest"]:
            raise Wrong(f"the digest of seal {seal['number']} is not that of its content")
    if proof["journals"] and given != proof["gift_fen"]:
        raise Wrong(f"the books say {given} fen, the receipt {proof['gift_fen']} fen")


def check_chain(proof, seals):
    """The published seals are unbroken, and hold those of the proof. Returns the newest."""
    known = {seal["number"]: seal for seal in seals}
    newest = known[max(known)] if known else None
    for entry in proof["journals"]:
        mine = entry["seal"]
        if known.get(mine["number"], {}).get("digest") != mine["digest"]:
            raise Wrong(f"seal {mine['number']} was not published like this")
    for number in sorted(known):
        seal = known[number]
        if digest_of(seal) != seal["digest"]:
            raise Wrong(f"published seal {number} was changed")
        before = known.get(number - 1)
        if (number == 1 and seal["previous"] != FIRST) or (before and before["digest"] != seal["previous"]):
            raise Wrong(f"published seal {number} does not follow the seal before")
        if number > min(known) and not before:
            raise Wrong(f"published seal {number - 1} is missing")
    return newest


def fetch(site, first):
    """All seals from `first` on, as the platform publishes them."""
    seals, after = [], first - 1
    for _page in range(PAGES):
        query = urllib.parse.urlencode({"after": after})
        with urllib.request.urlopen(f"{site.rstrip('/')}/books/seals.json?{query}", timeout=30) as answer:
            page = json.load(answer)["seals"]
        if not page:
            break
        seals += page
        after = page[-1]["number"]
    return seals


def main():
    parser = argparse.ArgumentParser(description="Check a receipt against the published seals of the books.")
    parser.add_argument("proof")
    parser.add_argument("--site", help="address of the platform, to fetch the published seals")
    parser.add_argument("--seals", nargs="+", default=[], help="files with the published seals")
    parser.add_argument("--expect", help="a digest that you wrote down: it must be in the chain")
    asked = parser.parse_args()
    with open(asked.proof, encoding="utf-8") as file:
        proof = json.load(file)
    if not proof["journals"]:
        print("Not sealed yet: fetch the proof again in a quarter of an hour.")
        return 2
    seals = []
    for name in asked.seals:
        with open(name, encoding="utf-8") as file:
            seals += json.load(file)["seals"]
    if asked.site:
        seals += fetch(asked.site, min(entry["seal"]["number"] for entry in proof["journals"]))
    try:
        check_lines(proof)
        newest = check_chain(proof, seals) if seals else None
        if asked.expect and asked.expect not in {seal["digest"] for seal in seals}:
            raise Wrong("the digest that you wrote down is not in the published chain")
    except Wrong as wrong:
        print(f"DOES NOT HOLD: {wrong}.")
        return 1
    print(
        f"Holds: {proof['receipt']}, {proof['gift_fen'] / 100:.2f} yuan, {len(proof['journals'])} journal(s) in the books."
    )
    for entry in proof["journals"]:
        _number, _key, kind, _ref, at, legs = json.loads(entry["line"])
        print(f"  {at} {kind}: " + ", ".join(f"{account} {amount / 100:+.2f}" for account, amount in legs))
    if newest:
        print(f"Newest published digest (write it down): {newest['digest']} of seal {newest['number']}")
    else:
        print("Only the proof itself was checked: give --site or --seals to check it against what was published.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
