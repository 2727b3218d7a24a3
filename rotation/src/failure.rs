/// Why a step failed, as a sentence that a person can act on. Holds no secret, token or body.
#[derive(Debug)]
pub struct Failure {
    /// What failed, and what mends it.
    pub message: String,
    /// Whether Genesys may have done what it was asked, although no answer says so.
    pub may_be_applied: bool,
}

impl Failure {
    /// One that changed nothing at Genesys.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), may_be_applied: false }
    }
}
