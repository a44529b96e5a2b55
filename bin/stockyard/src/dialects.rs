//! Which dialects this server speaks.

use edge::Edge;
use engine::Engine;

use crate::config::Config;

/// Mounts all of them.
pub(crate) fn mount(edge: Edge, engine: &Engine, config: &Config) -> Edge {
    let edge = fusion::mount_with(light100::mount(edge, engine), engine, config.fusion.clone());
    let edge = qalx::mount_with(edge, engine, config.qalx.dialect(config.sqs.public_url.clone()));
    let edge = sqs::mount_with(edge, engine, config.sqs.clone());
    let environment = engine.app().and_then(|app| app.environment.clone());
    slingr::mount_with(edge, engine, config.slingr.dialect(environment.as_deref()))
}
