//! Concrete clients over the ports: they build command text and read answers.
pub mod dom0;
pub mod ends;
pub mod oracle_codes;
pub mod ovm;
pub mod rman;
pub mod sqlplus;
