# What /api/v1/metrics of a Pushgateway shows, as pushes: a line for each group, with its path, a tab,
# and the body in base64. docs/pushgateway.md has the loop that sends them.

def escaped: gsub("\\\\"; "\\\\") | gsub("\n"; "\\n");
def quoted: "\"" + (escaped | gsub("\""; "\\\"")) + "\"";
def base64url: @base64 | gsub("\\+"; "-") | gsub("/"; "_") | if . == "" then "=" else . end;

# The labels of a metric and more, in braces.
def braces(more): "{" + (.labels + more | to_entries | map("\(.key)=\(.value | quoted)") | join(",")) + "}";

# The entries of buckets or quantiles by rising bound.
def rising: . // {} | to_entries | sort_by(.key | if . == "+Inf" then infinite else tonumber end) | .[];

# The lines of a metric.
def lines(name):
  . as $metric
  | if .value then "\(name)\(braces({})) \(.value)"
    else
      (.quantiles | rising | .key as $bound | "\(name)\($metric | braces({quantile: $bound})) \(.value)"),
      (.buckets | rising | .key as $bound | "\(name)_bucket\($metric | braces({le: $bound})) \(.value)"),
      "\(name)_sum\(braces({})) \(.sum)",
      "\(name)_count\(braces({})) \(.count)"
    end;

# The lines of a family, an entry of its group.
def family:
  .key as $name
  | .value
  | (select(.help) | "# HELP \($name) \(.help | escaped)"),
    "# TYPE \($name) \(.type | ascii_downcase)",
    (.metrics[] | lines($name));

def path:
  "job@base64/\(.job | base64url)"
  + (del(.job) | to_entries | map("/\(.key)@base64/\(.value | base64url)") | add // "");

.data[]
| (.labels | path) as $path
| del(.labels, .last_push_successful, .push_time_seconds, .push_failure_time_seconds)
| [to_entries[] | family + "\n"]
| "\($path)\t\(add // "" | @base64)"
