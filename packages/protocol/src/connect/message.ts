import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StepfastError } from "../error.ts";

/** One field of a protobuf message. */
export interface Field<T> {
  no: number;
  wire: WireType;
  /** What an absent field reads as. */
  absent(): T;
  /** `before`: what was read of it so far. */
  read(reader: BinaryReader, before: T): T;
  /** Writes nothing for what reads the same when it is absent. */
  write(writer: BinaryWriter, value: T): void;
}

/** How a message looks on the wire. */
export interface Message<T> {
  /** Fields that are left out are absent. */
  encode(value: Partial<T>): Uint8Array<ArrayBuffer>;
  /** Unknown fields are skipped. Throws `invalid_request` for bytes that are no such message. */
  decode(bytes: Uint8Array): T;
}

type Fields<T> = { [Key in keyof T]: Field<T[Key]> };

export function message<T extends object>(fields: Fields<T>): Message<T> {
  const keys = Object.keys(fields) as (keyof T)[];
  const keyByNo = new Map(keys.map((key) => [fields[key].no, key]));
  return {
    encode(value) {
      const writer = new BinaryWriter();
      for (const key of keys) {
        const one = value[key];
        if (one !== undefined) fields[key].write(writer, one);
      }
      return writer.finish();
    },
    decode(bytes) {
      try {
        return readFields(new BinaryReader(bytes), fields, keyByNo);
      } catch (cause) {
        if (StepfastError.is(cause)) throw cause;
        throw new StepfastError("invalid_request", "The bytes are not a message of this protocol", { cause });
      }
    },
  };
}

function readFields<T extends object>(
  reader: BinaryReader,
  fields: Fields<T>,
  keyByNo: ReadonlyMap<number, keyof T>,
): T {
  const value: Partial<T> = {};
  for (const key of keyByNo.values()) value[key] = fields[key].absent();
  const whole = value as T;
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    const key = keyByNo.get(no);
    if (key === undefined || fields[key].wire !== wire) reader.skip(wire, no);
    else whole[key] = fields[key].read(reader, whole[key]);
  }
  return whole;
}

const readText = (reader: BinaryReader) => reader.string();
const readWhole = (reader: BinaryReader) => Number(reader.int64());

export function text(no: number): Field<string> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => "",
    read: readText,
    write: (writer, value) => {
      if (value !== "") writer.tag(no, WireType.LengthDelimited).string(value);
    },
  };
}

export function optionalText(no: number): Field<string | undefined> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => undefined,
    read: readText,
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.LengthDelimited).string(value);
    },
  };
}

export function texts(no: number): Field<string[]> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => [],
    read: (reader, before) => {
      before.push(reader.string());
      return before;
    },
    write: (writer, value) => {
      for (const one of value) writer.tag(no, WireType.LengthDelimited).string(one);
    },
  };
}

export function bytes(no: number): Field<Uint8Array> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => new Uint8Array(0),
    read: (reader) => reader.bytes(),
    write: (writer, value) => {
      if (value.byteLength > 0) writer.tag(no, WireType.LengthDelimited).bytes(value);
    },
  };
}

/** An integer of any width, or a value of an enumeration. */
export function whole(no: number): Field<number> {
  return {
    no,
    wire: WireType.Varint,
    absent: () => 0,
    read: readWhole,
    write: (writer, value) => {
      if (value !== 0) writer.tag(no, WireType.Varint).int64(value);
    },
  };
}

export function optionalWhole(no: number): Field<number | undefined> {
  return {
    no,
    wire: WireType.Varint,
    absent: () => undefined,
    read: readWhole,
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.Varint).int64(value);
    },
  };
}

/** Eight bytes, such as nanoseconds since the epoch. */
export function fixed64(no: number): Field<bigint> {
  return {
    no,
    wire: WireType.Bit64,
    absent: () => 0n,
    read: (reader) => BigInt(reader.fixed64()),
    write: (writer, value) => {
      if (value !== 0n) writer.tag(no, WireType.Bit64).fixed64(value);
    },
  };
}

export function optionalFlag(no: number): Field<boolean | undefined> {
  return {
    no,
    wire: WireType.Varint,
    absent: () => undefined,
    read: (reader) => reader.bool(),
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.Varint).bool(value);
    },
  };
}

export function optionalDouble(no: number): Field<number | undefined> {
  return {
    no,
    wire: WireType.Bit64,
    absent: () => undefined,
    read: (reader) => reader.double(),
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.Bit64).double(value);
    },
  };
}

export function optionalBytes(no: number): Field<Uint8Array | undefined> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => undefined,
    read: (reader) => reader.bytes(),
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.LengthDelimited).bytes(value);
    },
  };
}

export function flag(no: number): Field<boolean> {
  return {
    no,
    wire: WireType.Varint,
    absent: () => false,
    read: (reader) => reader.bool(),
    write: (writer, value) => {
      if (value) writer.tag(no, WireType.Varint).bool(value);
    },
  };
}

export function inner<T>(no: number, type: Message<T>): Field<T | undefined> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => undefined,
    read: (reader) => type.decode(reader.bytes()),
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.LengthDelimited).bytes(type.encode(value));
    },
  };
}

export function list<T>(no: number, type: Message<T>): Field<T[]> {
  return {
    no,
    wire: WireType.LengthDelimited,
    absent: () => [],
    read: (reader, before) => {
      before.push(type.decode(reader.bytes()));
      return before;
    },
    write: (writer, value) => {
      for (const one of value) writer.tag(no, WireType.LengthDelimited).bytes(type.encode(one));
    },
  };
}
