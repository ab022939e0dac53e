//! `--set-literal`: one assignment whose value is taken as it is, commas, braces and backslashes included.

use weir_golang::strconv::quote;
use weir_model::{Map, Value};

use super::strvals::{
    Input, SetError, Stop, deeper, put, set_index, take_inner_list, take_inner_map, take_list,
    take_map,
};
use crate::HelmVersion;

/// Applies an assignment as `--set-literal` does.
pub fn set_literal(values: &mut Value, text: &str, helm: HelmVersion) -> Result<(), SetError> {
    if values.as_map().is_none() {
        *values = super::empty();
    }
    let Some(map) = values.as_map_mut() else { return Ok(()) };
    let mut parser = Parser { input: Input::new(text), helm };
    loop {
        match parser.key(map, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Failed(message)) => return Err(SetError(message)),
        }
    }
}

struct Parser<'a> {
    input: Input<'a>,
    helm: HelmVersion,
}

impl Parser<'_> {
    fn key(&mut self, map: &mut Map, nesting: u32) -> Result<(), Stop> {
        let (key, stop) = self.input.until("=[.", false);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::Failed(format!("key {} has no value", quote(&key)))),
            Some('=') => {
                put(map, &key, Value::string(self.input.take_rest()));
                Ok(())
            }
            Some('.') => {
                let nesting = deeper(nesting)?;
                let (mut inner, existed) = take_map(map, &key)?;
                let done = self.key(&mut inner, nesting);
                if done.is_ok() && inner.is_empty() {
                    return Err(Stop::Failed(format!("key map {} has no value", quote(&key))));
                }
                if existed || !inner.is_empty() {
                    put(map, &key, Value::map(inner));
                }
                done
            }
            Some(_) => {
                let index = self.input.index(self.helm, false)?;
                let mut list = take_list(map, &key)?;
                let done = self.item(&mut list, index, nesting);
                put(map, &key, Value::list(list));
                done
            }
        }
    }

    fn item(&mut self, list: &mut Vec<Value>, index: i64, nesting: u32) -> Result<(), Stop> {
        if index < 0 {
            return Err(Stop::Failed(format!("negative {index} index not allowed")));
        }
        let (junk, stop) = self.input.until("[.=", false);
        if !junk.is_empty() {
            return Err(Stop::Failed(format!(
                "unexpected data at end of array index: {}",
                quote(&junk)
            )));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => set_index(list, index, Value::string(self.input.take_rest())),
            Some('[') => {
                let next = self.input.index(self.helm, false)?;
                let mut inner = take_inner_list(list, index)?;
                self.item(&mut inner, next, nesting)?;
                set_index(list, index, Value::list(inner))
            }
            Some(_) => {
                let mut inner = take_inner_map(list, index);
                self.key(&mut inner, nesting)?;
                set_index(list, index, Value::map(inner))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_taken_as_it_is() {
        let mut values = super::super::empty();
        set_literal(&mut values, r"a.b[1]={x,y}\n=,1", HelmVersion::V4).unwrap();
        assert_eq!(format!("{values:?}"), r#"{"a": {"b": [null, "{x,y}\\n=,1"]}}"#);
    }
}
