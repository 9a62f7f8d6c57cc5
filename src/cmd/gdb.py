# SPDX-License-Identifier: GPL-2.0-or-later
# What `rapido gdb` has gdb run: it compares the kernel that runs with the file that has the
# symbols, and adds the symbols of modules at the addresses where the VM has them, now and
# whenever one is loaded.
import os

import gdb

OBJECTS = os.environ["RAPIDO_GDB_MODULES"]
FORCED = os.environ["RAPIDO_GDB_FORCE"] == "1"
MODULE_STATE_LIVE = 0  # include/linux/module.h


def module_files():
    """The files of the modules below a build or an installation, by the modules' names."""
    files = {}
    for top, dirs, names in os.walk(OBJECTS):
        # links of an installation lead to its source
        dirs[:] = [d for d in dirs if not os.path.islink(os.path.join(top, d))]
        for name in names:
            if name.endswith((".ko", ".ko.debug")):
                files.setdefault(name.split(".ko")[0].replace("-", "_"), os.path.join(top, name))
    return files


def has_field(value, name):
    return any(f.name == name for f in value.type.strip_typedefs().fields())


def sections(module):
    """The names and addresses of a module's sections, struct module_sect_attrs of
    kernel/module/sysfs.c."""
    attrs = module["sect_attrs"]
    if not attrs:
        return
    attrs = attrs.dereference()
    i = 0
    while True:
        if has_field(attrs, "nsections"):
            # before Linux 6.14
            if i == int(attrs["nsections"]):
                return
            attr = attrs["attrs"][i]
            yield attr["battr"]["attr"]["name"].string(), int(attr["address"])
        else:
            attr = attrs["grp"]["bin_attrs"][i]
            if not attr:
                return
            yield attr["attr"]["name"].string(), int(attr["private"])
        i += 1


def text_address(module):
    if has_field(module, "mem"):
        # since Linux 6.4: MOD_TEXT is the first
        return int(module["mem"][0]["base"])
    return int(module["core_layout"]["base"])


class Modules:
    def __init__(self):
        self.files = module_files()
        self.added = {}

    def add(self, module):
        name = module["name"].string()
        places = dict(sections(module))
        text = places.pop(".text", None) or text_address(module)
        # what a module needs no more has been freed, and another one may be there
        if int(module["state"]) == MODULE_STATE_LIVE:
            places = {s: places[s] for s in places if not s.startswith(".init")}
        before = self.added.get(name)
        if before and before[0] == text and before[1] == places.keys():
            return
        if name not in self.files:
            print("rapido: no file of module '%s' below '%s'" % (name, OBJECTS))
            return
        path = self.files[name]
        if before:
            gdb.execute("remove-symbol-file -a %#x" % before[0], to_string=True)
        wanted = [".data", ".data..read_mostly", ".rodata", ".bss", ".init.text", ".exit.text",
                  ".text.unlikely", ".init.data"]
        others = " ".join("-s %s %#x" % (s, places[s]) for s in wanted if places.get(s))
        gdb.execute("add-symbol-file '%s' %#x %s" % (path, text, others), to_string=True)
        self.added[name] = text, places.keys()

    def add_all(self):
        """The list `modules` of kernel/module/main.c."""
        head = gdb.parse_and_eval("&modules")
        kind = gdb.lookup_type("struct module")
        offset = [f for f in kind.fields() if f.name == "list"][0].bitpos // 8
        entry = head["next"]
        # before the first instructions of the kernel its list is all zeroes
        while entry and entry != head:
            address = int(entry) - offset
            self.add(gdb.Value(address).cast(kind.pointer()).dereference())
            entry = entry["next"]


class Loaded(gdb.Breakpoint):
    """A module has been loaded, but not begun: its symbols make pending breakpoints work."""

    def __init__(self, modules):
        super().__init__("do_init_module", internal=True)
        self.silent = True
        self.modules = modules

    def stop(self):
        self.modules.add_all()
        return False


class Again(gdb.Command):
    """Add the symbols of the modules that the VM has loaded."""

    def __init__(self, modules):
        super().__init__("rapido-modules", gdb.COMMAND_FILES)
        self.modules = modules

    def invoke(self, _args, _tty):
        self.modules.add_all()


OTHER_BUILD = ("rapido: the VM runs another build than this file is of: name the right one with "
               "--vmlinux, or go on with --force")


def notes():
    """The kernel's notes, with its build id, in memory; or None where there is no kernel yet."""
    try:
        start = int(gdb.parse_and_eval("(unsigned long)&__start_notes"))
        size = int(gdb.parse_and_eval("(unsigned long)&__stop_notes")) - start
        return bytes(gdb.selected_inferior().read_memory(start, size))
    except gdb.MemoryError:
        return None


def is_other_build():
    build_id, in_memory = gdb.objfiles()[0].build_id, notes()
    return bool(build_id and in_memory and any(in_memory) and
                bytes.fromhex(build_id) not in in_memory)


class Begun(gdb.Breakpoint):
    """In a VM that has waited for the debugger, only now is there a kernel to compare."""

    def __init__(self):
        super().__init__("start_kernel", type=gdb.BP_HARDWARE_BREAKPOINT, internal=True,
                         temporary=True)
        self.silent = True

    def stop(self):
        if is_other_build():
            print(OTHER_BUILD)
            return True
        return False


def begin():
    waiting = notes() is None
    if not FORCED and not waiting and is_other_build():
        raise gdb.GdbError(OTHER_BUILD)
    if not FORCED and waiting:
        Begun()
    try:
        gdb.lookup_type("struct module")
    except gdb.error:
        print("rapido: the file has no types (CONFIG_DEBUG_INFO): modules will have no symbols")
        return
    # breakpoints in modules that are loaded later
    gdb.execute("set breakpoint pending on")
    modules = Modules()
    if not waiting:
        modules.add_all()
    Loaded(modules)
    Again(modules)


begin()
