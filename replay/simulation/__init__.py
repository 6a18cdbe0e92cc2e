"""What a rule would do to people's lives: the same arrivals lived under one rule set and another, many times over.

The core, in the order in which it is used; all of it can be sent to a worker:

- ``Policy.read(asked)`` (policy.py): a rule set in force by its id, or a file that inherits from one; ``.sha256``.
- ``Rates.read(path)`` (rates.py): the rates of acceptance, death and worsening; the project's own are in rates.toml.
- ``Request(policies, first, years, replicates, seed, rates, arrivals, arrivals_size)`` (request.py): what is asked
  for; ``.document()`` tells it from every other request. RequestError names every fault.
- ``replicate(request, policy, number)`` (replicates.py): the ``Share`` (share.py) of replicate 1, 2 … under a policy,
  plain columns with a row for each candidate, and counts; ``.as_bytes()`` are the same on every machine. Arrivals are
  made once for all policies asked for one after another in a process: a worker's task is a number, with all policies.

Nothing here reads the clock, and every throw of dice hangs on the seed, the replicate, the person and what it is about.
"""
