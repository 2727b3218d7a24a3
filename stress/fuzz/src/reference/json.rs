//! JSON (RFC 8259) by recursive descent.

/// A value and the text it was read from.
#[derive(Debug)]
pub struct Json<'a> {
    /// The value as it came, without white space around it.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a JSON text is.
#[derive(Debug)]
pub enum Kind<'a> {
    Null,
    Bool(bool),
    Number,
    /// Decoded; `None` where an escape stands for half a surrogate pair, which is no character.
    String(Option<String>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Option<String>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads one value and nothing after it.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { text: std::str::from_utf8(bytes).ok()?, at: 0 };
        let value = reader.value()?;
        reader.skip_space();
        (reader.at == reader.text.len()).then_some(value)
    }

    /// The members whose name is text, where it is an object.
    #[must_use]
    pub fn members(&self) -> Option<Vec<(&str, &Json<'a>)>> {
        let Kind::Object(members) = &self.kind else { return None };
        Some(members.iter().filter_map(|(name, value)| Some((name.as_deref()?, value))).collect())
    }

    /// The last value under `name`, where it is an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members()?.into_iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// How often `name` stands in it.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.members().unwrap_or_default().iter().filter(|(key, _)| *key == name).count()
    }

    /// The text, where it is a string.
    #[must_use]
    pub fn string(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => text.as_deref(),
            _ => None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Json<'a>> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek()? {
            b'{' => Kind::Object(self.object()?),
            b'[' => Kind::Array(self.array()?),
            b'"' => Kind::String(self.string()?),
            b't' => self.word("true", Kind::Bool(true))?,
            b'f' => self.word("false", Kind::Bool(false))?,
            b'n' => self.word("null", Kind::Null)?,
            _ => self.number()?,
        };
        Some(Json { text: &self.text[start..self.at], kind })
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Option<Kind<'a>> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            kind
        })
    }

    fn object(&mut self) -> Option<Vec<(Option<String>, Json<'a>)>> {
        let mut members = Vec::new();
        self.take(b'{')?;
        self.skip_space();
        if self.take(b'}').is_some() {
            return Some(members);
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            self.take(b':')?;
            members.push((name, self.value()?));
            self.skip_space();
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(members);
            }
        }
    }

    fn array(&mut self) -> Option<Vec<Json<'a>>> {
        let mut elements = Vec::new();
        self.take(b'[')?;
        self.skip_space();
        if self.take(b']').is_some() {
            return Some(elements);
        }
        loop {
            elements.push(self.value()?);
            self.skip_space();
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(elements);
            }
        }
    }

    /// `None` where it is no string at all; `Some(None)` where it cannot be decoded.
    fn string(&mut self) -> Option<Option<String>> {
        self.take(b'"')?;
        // UTF-16, because that is what `\u` escapes are written in.
        let mut units = Vec::new();
        loop {
            let next = self.text[self.at..].chars().next()?;
            self.at += next.len_utf8();
            match next {
                '"' => return Some(String::from_utf16(&units).ok()),
                '\\' => units.push(self.escape()?),
                '\0'..='\x1f' => return None,
                _ => units.extend_from_slice(next.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> Option<u16> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => letter.into(),
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'f' => 12,
            b'r' => 13,
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                is_hex.then(|| u16::from_str_radix(digits, 16).ok())??
            }
            _ => return None,
        })
    }

    fn number(&mut self) -> Option<Kind<'a>> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        Some(Kind::Number)
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
