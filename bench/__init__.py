"""How fast Pillarbox is, as ratios to what bounds it on the same machine in the same minute.

run            the entry: `make bench`, or `python bench/run.py --help`; command reads its options
parts          all figures, and what each needs; plan says how large, how long, how often
large_form     one large form against MD5, the disk and the cores
forms_at_once  eight of them at once, and CPU seconds per GiB
small_forms    small durable forms a second against granian and against the floor
form_sizes     forms of several sizes over several numbers of connections
workers        two workers against one
refusals       what is read and written of a form that is refused
memory         resident memory of a long upload and of stalled ones
reads          objects that are read, against nginx (receiver takes a large one)
listing        pages of small and large buckets (crowd fills them)
careers        what a site carries, through it and by form upload (examples/careers)
recovery       from start to the first answer, after kill -9 too
comparison     the same forms for other systems; systems starts them, target_options names one
servers        what is measured: Pillarbox, floor, bare, nginx, each a process of its own
floor          the same parser and the same commit, without a rule
bare           granian alone: reads the body, answers 204
endpoint       where forms go, who signs them, in which dialect
forms          the form as bytes on the wire
signed         requests that are no forms
sender         sends one large form by sendfile, as a process of its own; delivery starts it
wrk            sends many small requests (with requests.lua)
bounds         what MD5, the disk and nginx need for the same bytes
durability     what an answer of each system means
processes      CPU seconds, memory and files of processes, from /proc
disk_watch     a bare fsync beside it all (fsync_loop); windows in which it jumped are marked
figure         results: values, medians
marks          what a full run must reach
report         the table, the JSON file, the machine
plots          bar charts, written by svg
sizes          sizes in words
workspace      a directory on the disk that is measured
"""
