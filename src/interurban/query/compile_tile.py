"""Vector tiles: the rows of one XYZ tile as one MVT blob, layer ``features``."""

from __future__ import annotations

from sqlglot import exp

from interurban.core import query as q
from interurban.core.errors import BadRequest, InvalidPlace
from interurban.core.standard import Field

from .compile import MAX_LEVEL, where_all
from .compile_filter import Conditions, Table
from .grid import MERCATOR_HALF_M, tile_box, tile_keys
from .sql import Parameters, Statement, call, cast, column, number

__all__ = [
    "COARSE_ZOOM",
    "TILE_EXTENT",
    "compile_tile",
    "compile_tile_count",
    "compile_tile_grid",
    "compile_tile_points",
    "simplification_m",
    "tile_fields",
]

TILE_EXTENT = 4096
"""Units on a side of a tile."""

COARSE_ZOOM = 10
"""Up to this zoom tiles are drawn from ``_coarse``, simplified once in the hot copy."""

_TILE_BUFFER = 64
_TILE_PIXELS = 512


def simplification_m(z: int) -> float:
    """Half a pixel of a 512-pixel tile of zoom ``z``, in metres of EPSG:3857."""
    return float(MERCATOR_HALF_M / 2**z / _TILE_PIXELS)


def compile_tile_count(query: q.Query, table: Table, z: int, x: int, y: int) -> Statement:
    """How many features a tile holds."""
    parameters = Parameters()
    conditions = _in_tile(query, table, parameters, z, x, y)
    select = exp.select(exp.Count(this=exp.Star())).from_(table.relation, copy=False)
    return parameters.statement(where_all(select, conditions))


def compile_tile(query: q.Query, table: Table, z: int, x: int, y: int) -> Statement:
    """One MVT blob of lines and polygons, layer ``features``; a feature's MVT id is ``_row``."""
    parameters = Parameters()
    conditions = _in_tile(query, table, parameters, z, x, y)
    shape = _tile_shape(table, parameters, z, x, y)
    # A feature's id is a 31-bit number to ST_AsMVT.
    identity = exp.BitwiseAnd(this=column("_row"), expression=number(2**31 - 1))
    outputs = [exp.alias_(shape, "geom"), exp.alias_(identity, "_row", quoted=True)]
    outputs += [
        exp.alias_(_tile_value(field), field.name, quoted=True, copy=False)
        for field in tile_fields(query, table)
    ]
    inner = where_all(exp.select(*outputs).from_(table.relation, copy=False), conditions)
    tile = _as_mvt("_row")
    # Materialised, or DuckDB computes each geometry again to ask whether it is missing.
    outer = exp.select(tile).with_("features", as_=inner, materialized=True).from_("features")
    outer = outer.where(exp.not_(exp.Is(this=exp.column("geom"), expression=exp.Null())))
    return parameters.statement(outer)


def compile_tile_points(query: q.Query, table: Table, z: int, x: int, y: int) -> Statement:
    """The points of a tile: ``_row``, ``_mx``, ``_my``, then the tile's fields."""
    parameters = Parameters()
    conditions = _in_tile(query, table, parameters, z, x, y)
    outputs: list[exp.Expr] = [column("_row"), column("_mx"), column("_my")]
    outputs += [
        exp.alias_(_tile_value(field), field.name, quoted=True, copy=False)
        for field in tile_fields(query, table)
    ]
    select = where_all(exp.select(*outputs).from_(table.relation, copy=False), conditions)
    return parameters.statement(select)


def compile_tile_grid(query: q.Query, table: Table, z: int, x: int, y: int, bits: int) -> Statement:
    """One MVT of counts: a point in the middle of each of 2**bits squares that holds centres."""
    parameters = Parameters()
    conditions = [
        *_key_range(parameters, z, x, y),
        *Conditions(table, parameters).of(query),
    ]
    box = tile_box(z, x, y)
    bits = min(bits, 32 - z)
    shift, side = 32 - z - bits, TILE_EXTENT >> bits

    def middle(name: str, origin: int) -> exp.Expr:
        """The square that every row of a group lies in, from any of them."""
        of = exp.Sub(this=cast(exp.column(name), "BIGINT"), expression=number(origin))
        square = exp.BitwiseRightShift(this=exp.paren(of), expression=number(shift))
        return exp.Add(
            this=exp.Mul(this=exp.paren(square), expression=number(side)),
            expression=number(side // 2),
        )

    square = exp.BitwiseRightShift(this=column("_key"), expression=number(2 * shift))
    counted = where_all(
        exp.select(
            exp.alias_(square, "square"),
            exp.alias_(call("any_value", column("_mx")), "mx"),
            exp.alias_(call("any_value", column("_my")), "my"),
            exp.alias_(exp.Count(this=exp.Star()), "count", quoted=True),
        ).from_(table.relation, copy=False),
        conditions,
    ).group_by(number(1))
    first, _ = tile_keys(z, x, y)
    within_tile = exp.Sub(
        this=exp.column("square"), expression=cast(number(first >> 2 * shift), "UBIGINT")
    )
    drawn = exp.select(
        exp.alias_(call("ST_Point", middle("mx", box.x0), middle("my", box.y0)), "geom"),
        exp.alias_(cast(within_tile, "BIGINT"), "square", quoted=True),
        column("count"),
    ).from_(counted.subquery("squares"))
    tile = _as_mvt("square")
    return parameters.statement(exp.select(tile).from_(drawn.subquery("features")))


def _as_mvt(identity: str) -> exp.Expr:
    """The rows of ``features`` as one blob, in order of their ids: equal tiles are equal bytes."""
    arguments: list[exp.Expr] = [
        exp.column("features"),
        exp.Literal.string("features"),
        number(TILE_EXTENT),
        exp.Literal.string("geom"),
        exp.Literal.string(identity),
    ]
    *front, last = arguments
    ordered = exp.Order(this=last, expressions=[exp.Ordered(this=column(identity))])
    return call("ST_AsMVT", *front, ordered)


def tile_fields(query: q.Query, table: Table) -> tuple[Field, ...]:
    """The fields of a tile's features: those asked for, or the roles a map draws by."""
    roles = table.snapshot.roles
    names = query.fields or tuple(
        dict.fromkeys(n for n in (roles.key, roles.category, roles.label, roles.value) if n)
    )
    for name in names:
        table.type_of(name, part="properties")
    return tuple(f for f in table.snapshot.fields if f.name in names and f.type != "geometry")


def _tile_value(field: Field) -> exp.Expr:
    """MVT knows text, numbers and truth; times travel as ISO 8601 text."""
    return (
        column(field.name)
        if field.type not in ("date", "datetime")
        else cast(column(field.name), "VARCHAR")
    )


def _in_tile(
    query: q.Query, table: Table, parameters: Parameters, z: int, x: int, y: int
) -> list[exp.Expr]:
    if not (0 <= z <= MAX_LEVEL and 0 <= x < 2**z and 0 <= y < 2**z):
        raise BadRequest(
            f"There is no tile {z}/{y}/{x}.",
            advice=f"Rows and columns run from 0 to 2^z - 1, levels to {MAX_LEVEL}.",
            part="tile",
        )
    conditions = Conditions(table, parameters)
    if not table.placed:
        raise InvalidPlace(
            f"{table.snapshot.dataset} has no places, so it has no tiles.", part="tile"
        )
    if table.points:
        inside = _key_range(parameters, z, x, y)
    else:
        inside = list(conditions.within_box(tile_box(z, x, y)))
    return [*inside, *conditions.of(query)]


def _key_range(parameters: Parameters, z: int, x: int, y: int) -> list[exp.Expr]:
    """Rows whose centre lies in the tile."""
    first, end = tile_keys(z, x, y)
    return [
        exp.GTE(this=column("_key"), expression=parameters.bind(first, "UBIGINT")),
        exp.LT(this=column("_key"), expression=parameters.bind(end, "UBIGINT")),
    ]


def _tile_shape(table: Table, parameters: Parameters, z: int, x: int, y: int) -> exp.Expr:
    """The shape in the tile's own units, simplified to half a pixel of a 512-pixel tile.

    A shape inside the tile is only scaled; one across its edge is clipped with a buffer, which
    costs ten times as much. A shape too small for the tile is its centre, so that no feature is
    ever missing.
    """
    side = 2 * MERCATOR_HALF_M / 2**z
    west, north = x * side - MERCATOR_HALF_M, MERCATOR_HALF_M - y * side
    mercator = _mercator(table)
    scale = TILE_EXTENT / side

    def bound(value: float) -> exp.Expr:
        return parameters.bind(value, "DOUBLE")

    envelope = call("ST_MakeEnvelope", *map(bound, (west, north - side, west + side, north)))
    extent = call("ST_Extent", envelope)

    def clipped(shape: exp.Expr) -> exp.Expr:
        grid = (extent.copy(), number(TILE_EXTENT), number(_TILE_BUFFER), exp.true())
        return call("ST_AsMVTGeom", shape, *grid)

    scaled = call(
        "ST_Affine",
        _simple(table, parameters, z),
        *map(bound, (scale, 0.0, 0.0, -scale, -west * scale, north * scale)),
    )
    across = call("coalesce", clipped(mercator), clipped(call("ST_Centroid", mercator.copy())))
    return exp.Case().when(_inside(parameters, z, x, y), scaled).else_(across)


def _simple(table: Table, parameters: Parameters, z: int) -> exp.Expr:
    """The shape simplified for a zoom; where nothing would be left of it, its centre."""
    if table.hot and z <= COARSE_ZOOM:
        return column("_coarse")
    tolerance = parameters.bind(simplification_m(z), "DOUBLE")
    simple = call("ST_Simplify", _mercator(table), tolerance)
    return (
        exp.Case()
        .when(call("ST_IsEmpty", simple), call("ST_Centroid", _mercator(table)))
        .else_(simple.copy())
    )


def _mercator(table: Table) -> exp.Expr:
    """The shape in EPSG:3857, outer rings clockwise as MVT has them."""
    if table.hot:
        return column("_mercator")
    projected = call(
        "ST_Transform",
        column("geometry"),
        exp.Literal.string("EPSG:4326"),
        exp.Literal.string("EPSG:3857"),
        exp.Kwarg(this=exp.var("always_xy"), expression=exp.true()),
    )
    return projected if table.snapshot.geometry == "line" else call("ST_Normalize", projected)


def _inside(parameters: Parameters, z: int, x: int, y: int) -> exp.Expr:
    """Whether the bounding box lies in the tile."""
    box = tile_box(z, x, y)

    def bound(value: int) -> exp.Expr:
        return parameters.bind(value, "UINTEGER")

    return exp.and_(
        exp.GTE(this=column("_mx0"), expression=bound(box.x0)),
        exp.LTE(this=column("_mx1"), expression=bound(box.x1)),
        exp.GTE(this=column("_my0"), expression=bound(box.y0)),
        exp.LTE(this=column("_my1"), expression=bound(box.y1)),
    )
