"""What type checkers are told of fields; nothing of it is there when a program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime
    import decimal
    import enum
    import uuid
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Generic as Generic
    from typing import Literal, Protocol, Union

    from typing_extensions import TypedDict, TypeVar

    #: What an instance gives for a field, and what a field is given to hold or to compare with.
    V = TypeVar('V', default=Any, covariant=True)
    G = TypeVar('G', default=Any, covariant=True)

    # The same for the fields of one type. The default is for classes that extend them.
    Text = TypeVar('Text', default=Union[str, None], covariant=True)
    UUID = TypeVar('UUID', default=Union[uuid.UUID, None], covariant=True)
    Int = TypeVar('Int', default=Union[int, None], covariant=True)
    Float = TypeVar('Float', default=Union[float, None], covariant=True)
    Decimal = TypeVar('Decimal', default=Union[decimal.Decimal, None], covariant=True)
    Bool = TypeVar('Bool', default=Union[bool, None], covariant=True)
    Bytes = TypeVar('Bytes', default=Union[bytes, None], covariant=True)
    Moment = TypeVar('Moment', default=Union[datetime.datetime, None], covariant=True)
    Date = TypeVar('Date', default=Union[datetime.date, None], covariant=True)
    Duration = TypeVar('Duration', default=Union[datetime.timedelta, None], covariant=True)
    Member = TypeVar('Member', bound=enum.Enum, default=Any, covariant=True)

    #: What a list, a set or a map holds, and what it is given of it.
    T = TypeVar('T', default=Any, covariant=True)
    E = TypeVar('E', default=Any, covariant=True)

    #: What a field can do; see the classes below.
    K = TypeVar('K', default=Any)

    T_co = TypeVar('T_co', covariant=True)
    G_co = TypeVar('G_co', covariant=True)
    K_co = TypeVar('K_co', covariant=True)

    class Several(Protocol[T_co]):
        """Values that are gone through, but no text and no bytes, which look for parts only."""

        def __iter__(self) -> Iterator[T_co]: ...

        def __contains__(self, value: object, /) -> bool: ...

    class Can(Protocol[K_co]):
        """A field that can do what the classes below say."""

        @property
        def _can(self) -> K_co: ...

    class Orders:
        """It is ordered: ``<``, ``between``."""

    class Begins(Generic[T_co]):
        """It begins with something."""

    class Has(Generic[T_co]):
        """It contains something."""

    class Sums(Generic[T_co]):
        """It is a term of sums."""

    class Joins(Generic[T_co]):
        """It is a list, which is joined with others."""

    class Textual(Orders, Begins[str], Has[str]):
        """What is stored as text."""

    class Binary(Orders, Begins['BytesLike'], Has['BytesLike']):
        """What is stored as binary."""

    class Numeric(Orders, Sums[T_co]):
        """What is stored as a number."""

    class Elements(Has[T_co], Joins[T_co]):
        """What is stored as a list."""

    class Only:
        """What is compared as a whole."""

    class Free(Orders, Begins[Any], Has[Any], Sums[Any], Joins[Any]):
        """What has no declared type, and so may do anything."""

    class Anywhere:
        """It has its place in models, and in other fields."""

    class Alone:
        """It has its place in models, and nowhere else."""

    class Element(Protocol[T_co, G_co]):
        """A field as that of the elements of another one."""

        @property
        def _one(self) -> T_co: ...

        @property
        def _given(self) -> G_co: ...

        @property
        def _place(self) -> Anywhere: ...

    class Scalar(Element[T_co, G_co], Protocol[T_co, G_co]):
        """A field as that of the members of a set, which are what has an order."""

        @property
        def _can(self) -> Orders: ...

    BytesLike = Union[bytes, bytearray, memoryview]
    Number = Union[decimal.Decimal, float]
    DecimalLike = Union[decimal.Decimal, float, str]
    UUIDLike = Union[uuid.UUID, str]
    DateLike = Union[datetime.date, str]
    MomentLike = Union[datetime.datetime, str, decimal.Decimal, float]
    DurationLike = Union[datetime.timedelta, decimal.Decimal, float]

    Unit = Literal['weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds', 'microseconds']

    #: A default, or what makes it: of nothing, or of the instance.
    Default = Union[G, Callable[[], G], Callable[[Any], G]]

    class Naming(TypedDict, total=False):
        """The options of what names a field."""

        attribute: str | None
        serialized_name: str | None
        deserialize_from: str | Iterable[str] | None
        metadata: Mapping[str, Any] | None

    class Options(Naming, Generic[G], total=False):
        """The options of every field but ``required`` and ``default``."""

        choices: Several[G] | Iterator[G] | None
        validators: Iterable[Callable[..., object]] | None
        messages: Mapping[str, str] | None

    class TextOptions(Options[str], total=False):
        max_length: int | None
        min_length: int | None

    class FieldOptions(Options[G], Generic[G], total=False):
        """The options of every field."""

        required: bool
        default: Default[G] | None

    class MomentOptions(Options[MomentLike], total=False):
        formats: str | Iterable[str] | None
        serialized_format: str | Callable[[datetime.datetime], str] | None
        parser: Callable[[Any], datetime.datetime] | None
        tzd: Literal['allow', 'require', 'utc', 'reject']
        convert_tz: bool
        drop_tzinfo: bool

    class NumberOptions(Options[G], Generic[G], total=False):
        min_value: Number | None
        max_value: Number | None
        strict: bool

else:
    V = G = T = E = K = Any
    BytesLike = DateLike = DecimalLike = DurationLike = MomentLike = UUIDLike = Any
    Text = UUID = Int = Float = Decimal = Bool = Bytes = Moment = Date = Duration = Member = Any

    class Several:
        """Stands for the protocol."""

        def __class_getitem__(cls, parameters):
            return cls

    class Generic:
        """Stands for :class:`typing.Generic`, and costs nothing: ``StringField[str]`` is
        ``StringField``."""

        def __class_getitem__(cls, parameters):
            return cls
