"""How fast Pillarbox is, as ratios to what bounds it on the same machine in the same minute.

run            the entry: `make bench`, or `python bench/run.py --help`; command reads its options
plan           how large, how long, how often
large_form     figure 1: one large form against MD5, the disk and the cores
small_forms    figure 2: small durable forms a second against granian and against the floor
memory         figure 3: resident memory of a long upload and of stalled ones
servers        what is measured: Pillarbox, floor, bare, nginx, each a process of its own
floor          the same parser and the same commit, without a rule
bare           granian alone: reads the body, answers 204
endpoint       where forms go and who signs them
forms          the form as bytes on the wire
sender         sends one large form by sendfile, as a process of its own; delivery starts it
wrk            sends many small forms (with forms.lua)
bounds         what MD5, the disk and nginx need for the same bytes
processes      CPU seconds and memory of processes, from /proc
figure         results: values, medians
report         the table, the JSON file, the machine
workspace      a directory on the disk that is measured
"""
