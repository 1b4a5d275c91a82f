"""Speed and memory, as ratios against a floor and against named peers in the same run.

Each module has ``run(n) -> list[dict]`` with rows ``step, n, seconds, per_second, peak_mb,
floor_seconds, versus: {peer: times faster}``. ``python -m benchmarks`` runs them one after another
(never two at once), prints one table and writes ``benchmarks/results/latest.json``.
"""
