//! Values by verb: what `%v`, `%d`, `%q`… make of each kind.

use std::rc::Rc;

use crate::{FloatKind, Object, Type, Value};

/// Nesting beyond this is cut off; no value that is a tree comes near.
const DEPTH: u32 = 1_000;

/// The flags of one verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Writes values into a buffer.
pub(super) struct Printer<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) flags: Flags,
    /// Whether a bad verb is being reported; then methods are not asked.
    erroring: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, flags: Flags::default(), erroring: false }
    }

    pub(super) fn write(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    pub(super) fn clear_flags(&mut self) {
        self.flags = Flags::default();
    }

    /// Gives `#` and `+` their meaning for `%v`.
    pub(super) fn go_syntax(&mut self) {
        self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
        self.flags.plus_v = std::mem::take(&mut self.flags.plus);
    }

    /// Writes `%!` with a verb and what is wrong.
    pub(super) fn bang(&mut self, verb: char, what: &[u8]) {
        self.write(b"%!");
        self.write(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.write(what);
    }

    /// Writes an argument.
    pub(super) fn arg(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil | Value::NoValue, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil | Value::NoValue, _) => self.bang(verb, b"(<nil>)"),
            (_, 'T') => {
                let name = value.type_of().to_string();
                self.string(name.as_bytes());
            }
            (_, 'p') => self.pointer(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    /// Writes what a pointer points to as `%v`.
    pub(super) fn pointee(&mut self, value: &Value) {
        if let Value::Object(object) = value {
            self.structure(object, 'v', 0);
        }
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.erroring = true;
        self.bang(verb, b"(");
        let name = value.type_of().to_string();
        self.write(name.as_bytes());
        self.write(b"=");
        self.value(value, 'v', 0);
        self.write(b")");
        self.erroring = false;
    }

    fn value(&mut self, value: &Value, verb: char, depth: u32) {
        if depth > DEPTH || self.out.len() > super::LONGEST {
            return;
        }
        match value {
            Value::NoValue | Value::Nil => {
                self.write(if self.flags.sharp_v { b"interface {}(nil)" } else { b"<nil>" });
            }
            Value::Bool(flag) => match verb {
                't' | 'v' => self.pad(if *flag { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(number, _) => {
                if !self.integer(number.cast_unsigned(), true, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Uint(number, _) => {
                if !self.integer(*number, false, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Float(number, kind) => {
                let bits = if *kind == FloatKind::Float32 { 32 } else { 64 };
                if !self.float(*number, bits, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Complex(parts) => {
                if matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
                    let plus = self.flags.plus;
                    self.write(b"(");
                    self.float(parts.0, 64, verb);
                    self.flags.plus = true;
                    self.float(parts.1, 64, verb);
                    self.write(b"i)");
                    self.flags.plus = plus;
                } else {
                    self.bad_verb(value, verb);
                }
            }
            Value::String(text) => self.text_value(text.as_bytes(), value, verb),
            Value::RawString(bytes) => self.text_value(bytes, value, verb),
            Value::Bytes(bytes) => self.byte_slice(bytes, value, verb, depth),
            Value::List(list) => {
                if self.flags.sharp_v && list.is_nil() {
                    let name = value.type_of().to_string();
                    self.write(name.as_bytes());
                    return self.write(b"(nil)");
                }
                self.open(value.type_of(), b"[");
                for (index, item) in list.iter().enumerate() {
                    self.separate(index);
                    self.nested(item, verb, depth + 1);
                }
                self.close(b"]");
            }
            Value::Map(map) => {
                if self.flags.sharp_v && map.is_nil() {
                    let name = value.type_of().to_string();
                    self.write(name.as_bytes());
                    return self.write(b"(nil)");
                }
                self.open(value.type_of(), b"map[");
                for (index, (key, item)) in map.entries().iter().enumerate() {
                    self.separate(index);
                    self.value(&map.key_value(key), verb, depth + 1);
                    self.write(b":");
                    self.nested(item, verb, depth + 1);
                }
                self.close(b"]");
            }
            Value::Func(_) => self.pointer(value, verb),
            Value::Object(object) => self.object(value, object, verb, depth),
        }
    }

    /// Goes one level down, on more stack when needed.
    fn nested(&mut self, value: &Value, verb: char, depth: u32) {
        match value {
            Value::List(_) | Value::Map(_) | Value::Object(_) => {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.value(value, verb, depth));
            }
            _ => self.value(value, verb, depth),
        }
    }

    fn open(&mut self, kind: Type, plain: &[u8]) {
        if self.flags.sharp_v {
            let name = kind.to_string();
            self.write(name.as_bytes());
            self.write(b"{");
        } else {
            self.write(plain);
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.write(if self.flags.sharp_v { b", " } else { b" " });
        }
    }

    fn close(&mut self, plain: &[u8]) {
        self.write(if self.flags.sharp_v { b"}" } else { plain });
    }

    fn text_value(&mut self, bytes: &[u8], value: &Value, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(bytes),
            'v' | 's' => self.string(bytes),
            'x' | 'X' => self.hex(bytes, verb == 'X'),
            'q' => self.quoted(bytes),
            _ => self.bad_verb(value, verb),
        }
    }

    fn byte_slice(&mut self, bytes: &[u8], value: &Value, verb: char, depth: u32) {
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.write(if depth == 0 { b"[]byte{" } else { b"[]uint8{" });
                for (index, byte) in bytes.iter().enumerate() {
                    self.separate(index);
                    self.integer(u64::from(*byte), false, 'v');
                }
                self.write(b"}");
            }
            's' => self.string(bytes),
            'x' | 'X' => self.hex(bytes, verb == 'X'),
            'q' => self.quoted(bytes),
            _ => {
                self.write(b"[");
                for (index, byte) in bytes.iter().enumerate() {
                    self.separate(index);
                    self.value(
                        &Value::Uint(u64::from(*byte), crate::UintKind::Uint8),
                        verb,
                        depth + 1,
                    );
                }
                self.write(b"]");
            }
        }
        let _ = value;
    }

    fn object(&mut self, value: &Value, object: &Rc<dyn Object>, verb: char, depth: u32) {
        if !self.erroring
            && !self.flags.sharp_v
            && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
            && !object.is_nil()
            && let Some(text) = object.string()
        {
            return self.text_value(text.as_bytes(), value, verb);
        }
        if object.type_name().starts_with('*') {
            if depth > 0 || object.is_nil() {
                return self.pointer(value, verb);
            }
            self.write(b"&");
        }
        if let Some(under) = object.underlying() {
            return self.value(&under, verb, depth);
        }
        self.structure(object, verb, depth);
    }

    fn structure(&mut self, object: &Rc<dyn Object>, verb: char, depth: u32) {
        if self.flags.sharp_v {
            self.write(object.type_name().trim_start_matches('*').as_bytes());
        }
        self.write(b"{");
        for (index, name) in object.fields().iter().enumerate() {
            self.separate(index);
            if self.flags.plus_v || self.flags.sharp_v {
                self.write(name.as_bytes());
                self.write(b":");
            }
            self.nested(&object.field(name).unwrap_or_default(), verb, depth + 1);
        }
        self.write(b"}");
    }

    /// Writes an address. Real ones differ from run to run, so all but nil are the same here.
    fn pointer(&mut self, value: &Value, verb: char) {
        let nil = value.is_nil();
        match value {
            Value::Func(_)
            | Value::Map(_)
            | Value::List(_)
            | Value::Bytes(_)
            | Value::Object(_) => {}
            _ => return self.bad_verb(value, verb),
        }
        let address = if nil { 0 } else { 0xc0_0000_0000 };
        match verb {
            'v' if self.flags.sharp_v => {
                let name = value.type_of().to_string();
                self.write(b"(");
                self.write(name.as_bytes());
                self.write(b")(");
                if nil {
                    self.write(b"nil");
                } else {
                    self.hexadecimal(address, true);
                }
                self.write(b")");
            }
            'v' if nil => self.pad(b"<nil>"),
            'v' | 'p' => {
                let leading = !self.flags.sharp;
                self.hexadecimal(address, leading);
            }
            'b' | 'o' | 'd' | 'x' | 'X' => {
                self.integer(address, false, verb);
            }
            _ => self.bad_verb(value, verb),
        }
    }
}
