"""Arithmetic in compiled functions on columns of numbers side by side: what one replica does, sixteen do at once.

As `row_arithmetic`, with a fixed length of vector and sums in an order of their own: the result does not depend on the
processor. All matrices are C-contiguous and of one dtype; those of lanes have `LANES` columns.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sgdlab.dynamics.row_arithmetic import LANES as BLOCK

LANES = 16

_NUMBER = ir.IntType(32)

# Numba comes without types.
_intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = intrinsic


@_intrinsic
def gather_columns(typing_context: Any, columns: Any, place: Any, rows: Any, numbers: Any, i: Any) -> Any:
    """columns[place + j, g] = rows[numbers[i, g], j] for all j, of which there are a multiple of eight."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        columns, place, rows, numbers, i = arguments
        kinds = signature.args
        data = context.make_array(kinds[2])(context, builder, rows)
        width = cgutils.unpack_tuple(builder, data.shape)[1]
        block = ir.VectorType(data.data.type.pointee, BLOCK)
        chosen = context.make_array(kinds[3])(context, builder, numbers).data
        first = builder.mul(i, i.type(LANES))
        starts = []
        for lane in range(LANES):
            number = builder.load(builder.gep(chosen, [builder.add(first, i.type(lane))]))
            starts.append(builder.gep(data.data, [builder.mul(number, width)]))
        with cgutils.for_range_slice(builder, width.type(0), width, width.type(BLOCK)) as (column, _):
            halves = []
            for half in range(0, LANES, BLOCK):
                vectors = [
                    builder.load(builder.bitcast(builder.gep(start, [column]), block.as_pointer()), align=4)
                    for start in starts[half : half + BLOCK]
                ]
                halves.append(_transposed(builder, vectors))
            for j, parts in enumerate(zip(*halves, strict=True)):
                whole = builder.shuffle_vector(*parts, ir.Constant(ir.VectorType(_NUMBER, LANES), list(range(LANES))))
                target = builder.add(place, builder.add(column, column.type(j)))
                builder.store(whole, _lanes(context, builder, kinds[0], columns, target), align=4)
        return context.get_dummy_value()

    return types.void(columns, place, rows, numbers, i), generate


@_intrinsic
def add_products(typing_context: Any, total: Any, i: Any, left: Any, place: Any, right: Any, count: Any) -> Any:
    """total[i] += sum_j left[place + j] right[j], lane by lane, over j < count."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        total, i, left, place, right, count = arguments
        kinds = signature.args
        target = _lanes(context, builder, kinds[0], total, i)
        lefts = _lanes(context, builder, kinds[2], left, place)
        rights = _lanes(context, builder, kinds[4], right, place.type(0))
        result = cgutils.alloca_once_value(builder, builder.load(target, align=4))
        with cgutils.for_range(builder, count) as loop:
            product = builder.fmul(_at(builder, lefts, loop.index), _at(builder, rights, loop.index))
            builder.store(builder.fadd(builder.load(result), product), result)
        builder.store(builder.load(result), target, align=4)
        return context.get_dummy_value()

    return types.void(total, i, left, place, right, count), generate


@_intrinsic
def add_scaled_columns(
    typing_context: Any, total: Any, scale: Any, i: Any, columns: Any, place: Any, count: Any
) -> Any:
    """total[j] += scale[i] columns[place + j], lane by lane, for j < count."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        total, scale, i, columns, place, count = arguments
        kinds = signature.args
        totals = _lanes(context, builder, kinds[0], total, place.type(0))
        factors = builder.load(_lanes(context, builder, kinds[1], scale, i), align=4)
        added = _lanes(context, builder, kinds[3], columns, place)
        with cgutils.for_range(builder, count) as loop:
            product = builder.fmul(factors, _at(builder, added, loop.index))
            sum_ = builder.fadd(_at(builder, totals, loop.index), product)
            builder.store(sum_, builder.gep(totals, [loop.index]), align=4)
        return context.get_dummy_value()

    return types.void(total, scale, i, columns, place, count), generate


@_intrinsic
def weighted_squares(typing_context: Any, total: Any, weights: Any, columns: Any, count: Any) -> Any:
    """total[0] = sum_j weights[0, j] columns[j]^2, lane by lane, over j < count."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        total, weights, columns, count = arguments
        kinds = signature.args
        target = _lanes(context, builder, kinds[0], total, count.type(0))
        vector = target.type.pointee
        weight = context.make_array(kinds[1])(context, builder, weights).data
        added = _lanes(context, builder, kinds[2], columns, count.type(0))
        result = cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * LANES))
        with cgutils.for_range(builder, count) as loop:
            value = _at(builder, added, loop.index)
            factors = _spread(builder, vector, builder.load(builder.gep(weight, [loop.index])))
            product = builder.fmul(builder.fmul(value, value), factors)
            builder.store(builder.fadd(builder.load(result), product), result)
        builder.store(builder.load(result), target, align=4)
        return context.get_dummy_value()

    return types.void(total, weights, columns, count), generate


@_intrinsic
def random_words(typing_context: Any, words: Any, states: Any) -> Any:
    """words[0, g] = the next 64 bits of the xoshiro256++ generator states[:, g], as `random_streams.random_bits`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        words, states = arguments
        kinds = signature.args
        size = ir.IntType(64)
        places = [_lanes(context, builder, kinds[1], states, size(word)) for word in range(4)]
        s0, s1, s2, s3 = (builder.load(place, align=8) for place in places)

        def rotated(value: Any, bits: int) -> Any:
            left, right = (ir.Constant(value.type, [shift] * LANES) for shift in (bits, 64 - bits))
            return builder.or_(builder.shl(value, left), builder.lshr(value, right))

        result = builder.add(rotated(builder.add(s0, s3), 23), s0)
        builder.store(result, _lanes(context, builder, kinds[0], words, size(0)), align=8)
        shifted = builder.shl(s1, ir.Constant(s1.type, [17] * LANES))
        s2, s3 = builder.xor(s2, s0), builder.xor(s3, s1)
        new = builder.xor(s0, s3), builder.xor(s1, s2), builder.xor(s2, shifted), rotated(s3, 45)
        for value, place in zip(new, places, strict=True):
            builder.store(value, place, align=8)
        return context.get_dummy_value()

    return types.void(words, states), generate


def _lanes(context: Any, builder: Any, kind: Any, matrix: Any, row: Any) -> Any:
    """Pointer to a row of a matrix of lanes, as a vector."""
    data = context.make_array(kind)(context, builder, matrix).data
    start = builder.gep(data, [builder.mul(row, row.type(LANES))])
    return builder.bitcast(start, ir.VectorType(data.type.pointee, LANES).as_pointer())


def _at(builder: Any, rows: Any, index: Any) -> Any:
    # Rows begin where NumPy puts them: aligned to their numbers, not to vectors.
    return builder.load(builder.gep(rows, [index]), align=4)


def _spread(builder: Any, vector: Any, number: Any) -> Any:
    """The number in every lane."""
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, _NUMBER(0))
    return builder.shuffle_vector(
        one, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(_NUMBER, LANES), [0] * LANES)
    )


def _transposed(builder: Any, vectors: list[Any]) -> list[Any]:
    """The columns of a matrix whose rows are these BLOCK vectors of BLOCK numbers: a perfect shuffle, three times."""
    low = [lane for j in range(BLOCK // 2) for lane in (j, BLOCK + j)]
    high = [lane + BLOCK // 2 for lane in low]
    masks = [ir.Constant(ir.VectorType(_NUMBER, BLOCK), lanes) for lanes in (low, high)]
    width = BLOCK
    while width > 1:
        pairs = zip(vectors[: BLOCK // 2], vectors[BLOCK // 2 :], strict=True)
        vectors = [builder.shuffle_vector(first, second, mask) for first, second in pairs for mask in masks]
        width //= 2
    return vectors
