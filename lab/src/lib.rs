//! A whole Oracle VM site on one machine: manager, server, guests, database, RMAN and tape, spoken to as the real
//! ones are. It knows nothing of the program that is tried against it; what it does not know it refuses with the
//! real system's error.

pub mod context;
pub mod db;
pub mod fault;
pub mod guest;
pub mod host;
pub mod manager;
pub mod quirk;
pub mod rman;
pub mod site;
pub mod witness;
