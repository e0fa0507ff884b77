"""Arithmetic of matrix rows in compiled functions, eight numbers at a time.

Numba leaves the length of vector instructions to the compiler, which does well on long rows only. Here it is always
eight, and sums are taken in an order of their own: the result does not depend on the processor, and needs none of the
licences of `fastmath`. All matrices are C-contiguous, of one dtype, with a multiple of eight columns.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8
_CACHE_LINE = 64

# Numba comes without types.
_intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = intrinsic


@_intrinsic
def dot(typing_context: Any, a: Any, i: Any, b: Any, j: Any) -> Any:
    """sum_k a[i, k] b[j, k]."""
    return a.dtype(a, i, b, j), _sum_of_products


@_intrinsic
def dot3(typing_context: Any, a: Any, i: Any, b: Any, j: Any, c: Any, k: Any) -> Any:
    """sum_l a[i, l] b[j, l] c[k, l]."""
    return a.dtype(a, i, b, j, c, k), _sum_of_products


@_intrinsic
def add_scaled(typing_context: Any, a: Any, i: Any, scale: Any, b: Any, j: Any) -> Any:
    """a[i] += scale b[j]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        a, i, scale, b, j = arguments
        kinds = signature.args
        (left, right), columns = _rows(context, builder, [(kinds[0], a, i), (kinds[3], b, j)])
        vector = left.type.pointee
        scales = builder.shuffle_vector(
            builder.insert_element(ir.Constant(vector, ir.Undefined), scale, ir.IntType(32)(0)),
            ir.Constant(vector, ir.Undefined),
            ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES),
        )
        with cgutils.for_range(builder, columns) as loop:
            place = builder.gep(left, [loop.index])
            step = builder.fmul(scales, _load(builder, right, loop.index))
            builder.store(builder.fadd(_load(builder, left, loop.index), step), place, align=4)
        return context.get_dummy_value()

    return types.void(a, i, a.dtype, b, j), generate


@_intrinsic
def prefetch(typing_context: Any, a: Any, i: Any) -> Any:
    """Ask the memory for a[i]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        (row,), columns = _rows(context, builder, [(signature.args[0], *arguments)])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        per_line = max(1, _CACHE_LINE // (LANES * a.dtype.bitwidth // 8))
        with cgutils.for_range_slice(builder, columns.type(0), columns, columns.type(per_line)) as (index, _):
            line = builder.bitcast(builder.gep(row, [index]), byte)
            builder.call(function, [line, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(a, i), generate


def _sum_of_products(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
    factors = list(zip(signature.args[::2], arguments[::2], arguments[1::2], strict=True))
    rows, columns = _rows(context, builder, factors)
    vector = rows[0].type.pointee
    total = cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * LANES))
    with cgutils.for_range(builder, columns) as loop:
        product = _load(builder, rows[0], loop.index)
        for row in rows[1:]:
            product = builder.fmul(product, _load(builder, row, loop.index))
        builder.store(builder.fadd(builder.load(total), product), total)
    lanes, width = builder.load(total), LANES
    while width > 1:
        width //= 2
        low, high = (
            builder.shuffle_vector(
                lanes,
                lanes,
                ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(begin, begin + width))),
            )
            for begin in (0, width)
        )
        lanes = builder.fadd(low, high)
    return builder.extract_element(lanes, ir.IntType(32)(0))


def _rows(context: Any, builder: Any, factors: Sequence[tuple[Any, Any, Any]]) -> tuple[list[Any], Any]:
    """Pointers to the rows (matrix type, matrix, row number) as vectors of eight, and how many vectors a row has."""
    pointers = []
    for kind, matrix, number in factors:
        array = context.make_array(kind)(context, builder, matrix)
        columns = cgutils.unpack_tuple(builder, array.shape)[1]
        start = builder.gep(array.data, [builder.mul(builder.sext(number, columns.type), columns)])
        pointers.append(builder.bitcast(start, ir.VectorType(array.data.type.pointee, LANES).as_pointer()))
    return pointers, builder.udiv(columns, columns.type(LANES))


def _load(builder: Any, row: Any, index: Any) -> Any:
    # Rows begin where NumPy puts them: aligned to their numbers, not to vectors.
    return builder.load(builder.gep(row, [index]), align=4)
