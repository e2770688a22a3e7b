# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds up what the driver holds, from the trace that memory.vm has made.

What one of the driver's functions is on the stack of is the driver's until it is released, by
whomever. Pages count where they are taken for themselves: those of vmalloc() and of the slab
allocator count as what these were asked for, to the next page or object that there is.
"""
import re

EVENT = re.compile(r'.*-(\d+) +\[\d+\] \S+ +\d+: (?:(\w+)(?: <\w+>)?: )?(.*)')
FRAME = re.compile(r' => (\S+) <([0-9a-f]+)>')
PAGE = 4096
# vmalloc()'s account of its address space, of what is free in it, too: it keeps that.
OF_ADDRESS_SPACE = {'alloc_vmap_area', '__pte_alloc_kernel'}


def number(told, key, base=16):
    return int(re.search(rf'\b{key}=(?:0x)?([0-9a-f]+)', told)[1], base)


def events(path):
    """(process, name, arguments, [(function, address)...]) in their order."""
    found, last = [], {}
    for line in path.open():
        event, frame = EVENT.match(line), FRAME.match(line)
        if frame:
            stack.append((frame[1], int(frame[2], 16)))
        elif event and event[3] == '<stack trace>':
            stack = last[event[1]][3]
        elif event and event[2]:
            last[event[1]] = (event[1], event[2], event[3], [])
            found.append(last[event[1]])
    return found


def driver_text(path):
    """Where its functions are."""
    symbols = [line.split() for line in path.open() if line.endswith('[tdx_update]\n')]
    text = [int(s[0], 16) for s in symbols if s[1] in 'tT']
    return range(min(text), max(text) + PAGE)


def counts_elsewhere(functions):
    return any('slab' in f or 'kmalloc' in f for f in functions) or (
        any('vmalloc' in f for f in functions) and not functions & OF_ADDRESS_SPACE)


class Holdings:
    """What is held: where it is, who wanted it, and how much it is."""

    def __init__(self, text):
        self.text, self.held, self.wanted = text, {}, {}
        self.peak, self.at_peak = 0, []

    def take(self, what, by, size):
        self.held[what] = (by, size)
        total = sum(s for _, s in self.held.values())
        if by and total > self.peak:
            self.peak, self.at_peak = total, sorted(self.held.values())

    def allocated(self, process, name, told, stack):
        by = next((function for function, address in stack if address in self.text), None)
        functions = {function for function, _ in stack}
        if by and functions & OF_ADDRESS_SPACE:
            by = 'vmalloc'
        if name == 'wanted':
            size = -(-number(told, 'size') // PAGE) * PAGE
            self.wanted.setdefault(process, []).append((by, size))
        elif by and name in ('kmalloc', 'kmem_cache_alloc'):
            self.take(('object', number(told, 'ptr')), by, number(told, 'bytes_alloc', 10))
        elif by and name == 'mm_page_alloc' and not counts_elsewhere(functions):
            self.take(('page', number(told, 'pfn')), by, PAGE << number(told, 'order'))

    def mapped(self, process, told):
        by, size = self.wanted[process].pop()
        if by:
            self.take(('vmalloc', number(told, 'addr')), by, size)

    def left(self):
        return sorted(held for held in self.held.values() if held[0] != 'vmalloc')

    def released(self, name, told):
        kind, key = {'mm_page_free': ('page', 'pfn'),
                     'unmapped': ('vmalloc', 'addr')}.get(name, ('object', 'ptr'))
        self.held.pop((kind, number(told, key)), None)


def account(path):
    """For each part of the trace: the most that was held at a time, by whom, and what is left."""
    text, parts = driver_text(path), {}
    now = Holdings(text)
    for process, name, told, stack in events(path):
        if name == 'tracing_mark_write':
            now = parts[told] = Holdings(text)
        elif name == 'mapped':
            now.mapped(process, told)
        elif name in ('kfree', 'kmem_cache_free', 'mm_page_free', 'unmapped'):
            now.released(name, told)
        else:
            now.allocated(process, name, told, stack)
    return {name: {'peak': part.peak, 'holders': part.at_peak, 'left': part.left()}
            for name, part in parts.items()}
