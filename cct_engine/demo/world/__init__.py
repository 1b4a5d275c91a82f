"""A seeded world: two populations whose feeds the engine takes in, cycle after cycle.

``write_feeds`` writes canonical CSV feeds: seven of ten households are Brazilian families in
``bolsa_familia``, three are families of Delhi in ``dilli_annashree``. Every draw is a function of
the seed and of who is drawn for, so the same (households, seed, periods) give the same bytes on
any machine; 20,000 households take about two seconds, a million about fifteen, in 0.3 GB.

What a world of 20,000 households has, and why:

===========================================  ==========  ==========================================
what                                         about       source
===========================================  ==========  ==========================================
persons in a Brazilian family                2.55        54 M in 21.2 M families, June 2023 [1]
children under 7, of 7 to 17 in it           0.43, 0.70  9.12 M and 14.9 M [1]
payee is a woman                             83.5 %      [2]
families above the entry line (protection)   14.2 %      2.92 M of 20.56 M, February 2025 [2]
registration older than 24 months            3.5 %       675,000 of 19.19 M, August 2025 [3]
pupils reported; below the law's share       88, 4.5 %   85-90 % reported, 95.55 % met [4]
children with a reported growth check        72 %        57-80 % [5]
unknown pupils, rows twice, late schools     1, 0.5, 3 % load target of the engine's own tests
persons in a family of Delhi                 4.9         4.17-4.5 M in 900,000 houses, 2009 [6]
families of Delhi with a ration card         8 %         ours
families joining, leaving in a month         1, 0.5 %    ours
faulty rows                                  a dozen     see ``faults``
===========================================  ==========  ==========================================

[1] sinpospetro.com.br, June 2023. [2] grupoencantado.com.br, February 2025. [3] agenciagbc.com,
August 2025. [4] fonseas.org.br, osul.com.br, jornalevolucao.com.br. [5] estadao.com.br.
[6] IANS in dainikdisha and indianexpress.com, 2009.

Nobody in it exists: names are composed of syllables, municipalities have state numbers that are
not assigned, banks have codes no bank has. ``canaries`` finds all of it again in a log.
``write_account_corrections`` writes what centres send in after payments came back.
"""

from __future__ import annotations

from .canary import canaries
from .corrections import write_account_corrections
from .feeds import World, write_feeds
from .sheets import FeedFile

__all__ = ["FeedFile", "World", "canaries", "write_account_corrections", "write_feeds"]
