//! Where a server is: `http://host:port`, perhaps with a path before its routes, as a gateway may want it.

use hyper::Uri;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// What stands before each route, without a slash at its end.
    pub prefix: String,
}

/// What an address looks like.
const FORM: &str = "http://HOST:PORT";
const NO_TLS: &str = "http:// only; huiyan speaks no HTTPS: go through loopback, an ssh tunnel or a proxy of your own / \
                      只支持 http://；请经本机、ssh 隧道或代理访问 HTTPS";

impl Address {
    pub fn parse(text: &str) -> Result<Address, String> {
        let whole = if text.contains("://") { text.to_string() } else { format!("http://{text}") };
        let uri: Uri = whole.parse().map_err(|_| FORM.to_string())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(NO_TLS.to_string()),
            Some(_) | None => return Err(FORM.to_string()),
        }
        let plain = uri.query().is_none() && !uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let host = uri.host().filter(|host| plain && !host.is_empty()).ok_or(FORM)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
        Ok(Address { host, port: uri.port_u16().unwrap_or(80), prefix: uri.path().trim_end_matches('/').to_string() })
    }

    /// As the header `Host` has it.
    pub fn authority(&self) -> String {
        let Address { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_and_perhaps_a_path() {
        for (text, shown) in [
            ("http://127.0.0.1:7070", "http://127.0.0.1:7070"),
            ("localhost:7070", "http://localhost:7070"),
            ("http://gate.example/huiyan/", "http://gate.example:80/huiyan"),
            ("http://[::1]:7070/", "http://[::1]:7070"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
        for bad in ["", "http://", "ftp://x", "http://a:b@c", "http://x/?a=b", "http://x y"] {
            assert_eq!(Address::parse(bad), Err(FORM.to_string()), "{bad}");
        }
        assert!(Address::parse("https://x").unwrap_err().contains("HTTPS"));
    }
}
