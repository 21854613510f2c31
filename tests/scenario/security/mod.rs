mod canary;
mod hostile;
mod names;
mod sudoers;
mod support;
