//! Which dialects this server speaks.

use edge::Edge;
use engine::Engine;

use crate::config::Config;

/// Mounts all of them.
pub(crate) fn mount(edge: Edge, engine: &Engine, config: &Config) -> Edge {
    let edge = fusion::mount_with(light100::mount(edge, engine), engine, config.fusion.clone());
    qalx::mount_with(edge, engine, config.qalx.dialect())
}
