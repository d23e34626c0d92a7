"""The rows of a release, one by one: numbers against brute force, planted copies found, nobody named unasked."""

from __future__ import annotations

import csv
import dataclasses
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import artgen_fast as ag
from artgen_fast.cli import artgen
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.privacy import release_check
from artgen_fast.privacy.release_check import COLUMNS, DONOR_COLUMNS

N_SITES = 900


def mosaics(rng, founders, rows):
    breaks = rng.random((rows, N_SITES)) < 20 / N_SITES
    source = rng.integers(len(founders), size=(rows, N_SITES))
    at = np.maximum.accumulate(np.where(breaks, np.arange(N_SITES), 0), axis=1)
    return founders[np.take_along_axis(source, at, axis=1), np.arange(N_SITES)] ^ (rng.random((rows, N_SITES)) < 0.03)


@pytest.fixture(scope="module")
def parts():
    """300 training rows, 260 unseen ones, and 200 rows of which 7, 11 and 150 come from training rows 40, 40 and 3."""
    rng = np.random.default_rng(3)
    founders = rng.random((40, N_SITES)) < rng.beta(0.6, 1.2, N_SITES)
    sites = Sites.from_columns(100 * np.arange(1, N_SITES + 1), "7", ref="A", alt="C")
    train, unseen, made = (mosaics(rng, founders, rows) for rows in (300, 260, 200))
    made[7], made[11] = train[40], train[40]
    made[11, rng.choice(N_SITES, 9, replace=False)] ^= True
    made[150, :400] = train[3, :400]
    return tuple(
        Haplotypes.from_alleles(alleles, sites, samples)
        for alleles, samples in (
            (train, Samples.from_persons([f"SECRET{person}" for person in range(150)])),
            (unseen, Samples.from_persons([f"OTHER{person}" for person in range(130)])),
            (made, Samples.synthetic(200)),
        )
    )


def test_numbers_are_those_of_brute_force(parts):
    found = release_check(parts[0], parts[2], holdout=parts[1])
    train, unseen, made = (panel.alleles().astype(bool) for panel in parts)

    def nearest(rows, targets):
        distances = np.array([(targets ^ row).sum(axis=1) for row in rows])
        return distances.min(axis=1), distances

    distances, pairs = nearest(made, train)
    np.testing.assert_array_equal(found.to_training, distances)
    np.testing.assert_array_equal(pairs[np.arange(200), found.nearest_training], distances)
    np.testing.assert_array_equal(found.to_unseen, nearest(made, unseen)[0])
    of_unseen = nearest(unseen, train)[0]
    assert found.least_unseen == of_unseen.min()
    expected = [(1 + np.count_nonzero(of_unseen <= distance)) / 261 for distance in distances]
    np.testing.assert_allclose(found.unseen_as_near, expected)

    def longest(row, targets):
        run = best = np.zeros(len(targets), dtype=int)
        for site in range(N_SITES):
            run = np.where(targets[:, site] == row[site], run + 1, 0)
            best = np.maximum(best, run)
        return best

    for row in (0, 7, 11, 150):
        with_training = longest(made[row], train)
        assert found.shared_sites[row] == with_training.max()
        assert with_training[found.longest_shared_training[row]] == with_training.max()
        assert found.shared_base_pairs[row] >= 100 * (with_training.max() - 1)
        assert found.shared_sites_with_unseen[row] == longest(made[row], unseen).max()
    stretches = np.array([longest(row, train).max() for row in unseen])
    assert found.longest_unseen == stretches.max()
    expected = [(1 + np.count_nonzero(stretches >= sites)) / 261 for sites in found.shared_sites]
    np.testing.assert_allclose(found.unseen_sharing_as_much, expected)
    assert found.unseen_sharing_as_much[150] == 1 / 261  # half of it is a training row's


def test_copies_are_found_and_nothing_else_is(parts):
    found = release_check(parts[0], parts[2], holdout=parts[1])
    assert 9 <= found.copy_distance < found.least_unseen
    assert np.flatnonzero(found.near_copy).tolist() == [7, 11]
    assert found.nearest_training[[7, 11]].tolist() == [40, 40]
    assert found.longest_shared_training[150] == 3
    clean = parts[2][[row for row in range(200) if row not in (7, 11)]]
    assert not release_check(parts[0], clean, holdout=parts[1]).near_copy.any()


def test_people_of_both_parts_and_sites_out_of_order_are_refused(parts):
    with pytest.raises(InputError, match=r"150 of its people are among the real \(training\) ones"):
        release_check(parts[0], parts[2], holdout=parts[0])
    with pytest.raises(InputError, match=r"in the order of their positions; site 2 "):
        release_check(*(parts[at][:, [5, 3, 9]] for at in (0, 2)), holdout=parts[1][:, [5, 3, 9]])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_arrays_are_refused(parts, place):
    real, holdout, synthetic = (part.alleles() if at == place else part for at, part in enumerate(parts[:3]))
    with pytest.raises(InputError, match="panel must be Haplotypes; got ndarray"):
        release_check(real, synthetic, holdout=holdout)


def test_the_summary_counts_long_stretches_where_people_share_the_longest_there_are(parts):
    # Two contigs: an unseen person who shares a whole one leaves nothing longer to find.
    sites = Sites.from_columns(100 * np.arange(1, 241), np.repeat(["1", "2"], 120), ref="A", alt="C")
    train, unseen, made = (panel.alleles()[:, 100:340].copy() for panel in parts)
    unseen[:8, :120] = train[:8, :120]
    made[:70, 120:] = train[:70, 120:]
    panels = [Haplotypes.from_alleles(alleles, sites) for alleles in (train, unseen, made)]
    found = release_check(panels[0], panels[2], holdout=panels[1])
    assert found.longest_unseen == found.long_stretch == found.shared_sites.max() == 120
    assert found.unseen_share_long == np.mean(_longest(unseen, train) == 120) >= 8 / 260
    long = np.count_nonzero(_longest(made, train) == 120)
    assert long >= 70
    said = f"120 sites or more shared with a training haplotype: {long} of 200 rows, {long / 200:.1%}; of unseen"
    assert said in found.summary()
    assert "Many rows hold longer pieces of training haplotypes than unseen people do" in found.summary()
    people = release_check(panels[0], panels[1][130:], holdout=panels[1][:130])
    assert "Many rows hold longer pieces" not in people.summary()


def _longest(rows, targets):
    """Longest stretch within one of two contigs of 120 sites."""
    longest = np.zeros(len(rows), int)
    for contig in (slice(0, 120), slice(120, 240)):
        run = np.zeros((len(rows), len(targets)), int)
        for site in range(contig.start, contig.stop):
            run = np.where(rows[:, site, None] == targets[:, site], run + 1, 0)
            longest = np.maximum(longest, run.max(axis=1))
    return longest


def test_training_panel_and_holdout_in_each_others_place_are_noticed(parts):
    train, unseen, _ = parts
    for release, known in ((unseen, True), (train, False)):
        made = Haplotypes.from_alleles(release.alleles(), release.sites)
        found = release_check(train, made, holdout=unseen)
        assert found.holdout_is_known is known
        assert found.summary().splitlines()[-1].startswith("The hold-out is not unseen: 130 of its") is known
        copied = (found.near_copy, found.near_unseen_copy)
        assert [each.all() for each in copied] == [not known, known]
        assert (found.training_persons.copied, found.unseen_persons.copied) == ((0, 130) if known else (150, 0))
    # Where near copies cannot be told, whole ones are counted.
    few = unseen[:60]
    found = release_check(train, Haplotypes.from_alleles(few.alleles(), few.sites), holdout=few)
    assert found.copy_distance == -1
    assert found.holdout_is_known
    assert "60 unseen rows do not tell how near is too near; it takes 100" in found.summary()


def run(tmp_path, parts, *options, status=0):
    for name, panel in zip(("train", "holdout", "made"), parts, strict=True):
        ag.write(panel, tmp_path / f"{name}.hapbits")
    files = [tmp_path / f"{name}.hapbits" for name in ("train", "made", "holdout")]
    arguments = ["audit", files[0], files[1], "--holdout", files[2], "-o", tmp_path / "rows.tsv", *options]
    done = CliRunner().invoke(artgen, [str(argument) for argument in arguments])
    assert done.exit_code == status, done.output
    text = (tmp_path / "rows.tsv").read_text()
    return done, text, list(csv.DictReader(text.splitlines(), delimiter="\t"))


def test_the_table_lists_the_nearest_first_and_names_nobody(parts, tmp_path):
    done, text, rows = run(tmp_path, parts)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 200
    assert [(row["row"], row["name"], row["near_copy"], row["sites_from_training"]) for row in rows[:2]] == [
        ("8", "AG7", "yes", "0"),
        ("12", "AG11", "yes", "9"),
    ]
    distances = [int(row["sites_from_training"]) for row in rows]
    assert distances == sorted(distances)
    assert "SECRET" not in text + done.output
    assert "OTHER" not in text + done.output
    found = release_check(parts[0], parts[2], holdout=parts[1])
    assert f"near copies, at {found.copy_distance} sites or fewer: 2 of 200 rows; of unseen people: 0" in done.stdout
    assert "Rows that are near copies come first in the table: leave them out" in done.stdout
    assert done.stdout == f"{found.summary()}\n{tmp_path / 'rows.tsv'}\n"
    assert done.stderr.endswith("comparing: 100%, done\n")


def test_progress_is_told_block_by_block_and_changes_no_answer(parts, monkeypatch):
    train, unseen, made = parts
    whole = release_check(train, made, holdout=unseen)
    monkeypatch.setattr(sys.modules[release_check.__module__], "ROWS_BETWEEN_PROGRESS", 64)
    told = []
    in_blocks = release_check(train, made, holdout=unseen, progress=lambda *state: told.append(state))
    for field in dataclasses.fields(whole):
        np.testing.assert_array_equal(getattr(in_blocks, field.name), getattr(whole, field.name))
    assert [done for what, done, _ in told if what == "nearest training haplotypes of synthetic ones"] == [
        0,
        64,
        128,
        192,
    ]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("done", 1320, 1320)  # twice 200 rows with training and unseen ones, and 260 with training ones


def test_a_pipeline_can_stop_at_copies(parts, tmp_path):
    run(tmp_path, parts, "--fail-on-copies", status=1)
    clean = parts[2][[row for row in range(200) if row not in (7, 11)]]
    done, _, _ = run(tmp_path, (*parts[:2], clean), "--fail-on-copies", "--force")
    assert "No copy can be told." in done.stdout
    run(tmp_path, (parts[1], clean, parts[0]), "--fail-on-copies", "--force")
    swapped = Haplotypes.from_alleles(parts[1].alleles(), parts[1].sites)
    run(tmp_path, (*parts[:2], swapped), "--fail-on-copies", "--force", status=1)


def test_donors_are_named_when_asked_for(parts, tmp_path):
    done, _, rows = run(tmp_path, parts, "--donors")
    assert tuple(rows[0]) == COLUMNS + DONOR_COLUMNS
    assert rows[0]["nearest_training_haplotype"] == "SECRET20_A"
    assert rows[1]["nearest_training_haplotype"] == "SECRET20_A"
    of_row_150 = next(row for row in rows if row["row"] == "151")
    assert of_row_150["longest_shared_training_haplotype"] == "SECRET1_B"
    assert "SECRET" not in done.output


def test_where_people_are_identical_near_copies_cannot_be_told(tmp_path, parts):
    short = [panel[:, :3] for panel in parts]
    done, _, rows = run(tmp_path, short, "--fail-on-copies", status=1)
    assert "near copies: cannot be told: unseen people come too near to training people themselves" in done.stdout
    train, unseen, made = ({row.tobytes() for row in panel.alleles()} for panel in short)
    rows_of = [row.tobytes() for row in short[2].alleles()]
    assert made & train
    only = [row in train and row not in unseen for row in rows_of]
    assert sum(only) > 0
    assert f"training rows that are no unseen person's: {sum(only)} of 200 rows" in done.stdout
    assert {int(row["row"]) - 1 for row in rows if row["near_copy"] == "identical"} == set(np.flatnonzero(only))
    assert {row["near_copy"] for row in rows} == {"identical", "unknown"}
